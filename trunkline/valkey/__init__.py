"""Which Valkey or Redis serves us: one server, the master that Sentinels name, or a cluster."""
