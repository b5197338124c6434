"""The fixtures of the pages, and a website of ours on loopback."""

from tests.contacts.conftest import add_person, box, browser, hasher, passwords

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
