"""People to sign in as, for the pages."""

from tests.people.company import add_person, hasher, passwords

__all__ = ["add_person", "hasher", "passwords"]
