"""Calling out: what may be originated, who must never be called, and what became of every dial."""
