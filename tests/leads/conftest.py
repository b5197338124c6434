"""The fixtures of the pages, in a zone where it is noon."""

from tests.missed.conftest import add_person, box, browser, hasher, passwords

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
