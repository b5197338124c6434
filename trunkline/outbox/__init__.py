"""Deliveries to outside systems: at least once, in order within a stream, never waiting inside a call's transaction."""
