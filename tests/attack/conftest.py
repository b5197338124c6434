"""People to attack with: the fixtures of tests/people."""

from tests.people.company import add_person, box, hasher, passwords

__all__ = ["add_person", "box", "hasher", "passwords"]
