"""From a recording to searchable text. To come; docs/architecture.md says what it will stand on."""
