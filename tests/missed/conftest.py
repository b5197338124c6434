"""The fixtures of the pages, in a zone where it is noon: who left the list is shown until midnight."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.contacts.conftest import add_person, box, hasher, passwords
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose
from trunkline.db.types import Pool
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in."""
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True)
    # The sign is POSIX's: Etc/GMT-3 is three hours ahead.
    noon = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_WEB_TIMEZONE=noon)
    async with browsing_as(app, pool, person) as browser:
        yield browser
