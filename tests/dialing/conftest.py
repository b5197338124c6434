"""People to look at pages: the fixtures of tests/people."""

from tests.people.company import add_person, box, hasher, passwords
from tests.web.composed import browser

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
