"""A mailbox that is read."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.imap_server import FakeImap, imap_server
from tests.mailboxes.post import add_mailbox, visit
from tests.missed.conftest import add_person, box, browser, hasher, passwords
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]


@pytest.fixture
async def imap() -> AsyncIterator[FakeImap]:
    """A server with an empty mailbox."""
    async with imap_server() as fake:
        yield fake


@pytest.fixture
async def mailbox(pool: Pool, imap: FakeImap) -> FakeImap:
    """It has been visited once."""
    await add_mailbox(pool, imap)
    await visit(pool)
    return imap
