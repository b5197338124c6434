"""Presence: whether a person can take a call now, by his own word, his telephone and the clock."""
