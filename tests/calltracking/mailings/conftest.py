"""The fixtures of the pages, and a mailbox."""

from tests.alarms.test_alarms import mailbox
from tests.contacts.conftest import add_person, box, browser, hasher, passwords

__all__ = ["add_person", "box", "browser", "hasher", "mailbox", "passwords"]
