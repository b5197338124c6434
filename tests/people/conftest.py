"""Fixtures of these tests, shared with tests/web."""

from .company import add_person, box, door, hasher, passwords

__all__ = ["add_person", "box", "door", "hasher", "passwords"]
