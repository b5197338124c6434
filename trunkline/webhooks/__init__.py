"""Signed webhooks: who subscribed to what, and their delivery through the outbox."""
