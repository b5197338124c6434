"""Calls and forms told to counters and advertising systems: one port, one module a system, through the outbox."""
