"""People to look at pages: the fixtures of tests/people; a browser at the application as it is shipped."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.people.company import AddPerson, add_person, box, hasher, passwords
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
    app = compose(database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_UPLOAD_MB="1")
    async with browsing_as(app, pool, person) as browser:
        yield browser
