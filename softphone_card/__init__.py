"""Who is calling, on the agent's screen. To come; docs/architecture.md says what it will stand on."""
