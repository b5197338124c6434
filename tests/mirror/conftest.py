"""Programs that send records: the fixtures of tests/people and the application as it is shipped."""

from tests.people.company import add_person, box, hasher, passwords
from tests.web.composed import browser

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
