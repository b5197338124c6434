"""The fixtures of the pages."""

from tests.contacts.conftest import add_person, box, browser, hasher, passwords

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
