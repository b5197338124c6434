"""The fixtures of the pages."""

from tests.missed.conftest import add_person, box, browser, hasher, passwords

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
