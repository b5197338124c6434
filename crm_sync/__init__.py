"""Telling the CRM, once and in order. To come; docs/architecture.md says what it will stand on."""
