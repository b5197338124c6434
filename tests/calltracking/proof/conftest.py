"""The fixtures of the pages, and a site with calls of every kind."""

from tests.contacts.conftest import add_person, box, browser, hasher, passwords

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
