"""Which visit brought this call? To come; docs/architecture.md says what it will stand on."""
