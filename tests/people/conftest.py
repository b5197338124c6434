"""Fixtures of these tests; those of company.py are shared with tests/web."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.passwords import Passwords
from trunkline.people.roles import Role

from .company import AddPerson, add_person, box, door, hasher, passwords
from .web import Browser, browsing, compose, session_of

__all__ = ["add_person", "box", "door", "hasher", "passwords"]


@pytest.fixture
def app(pool: Pool, redis: Redis, box: SecretBox, passwords: Passwords) -> web.Application:
    return compose(pool, redis, box, passwords)


@pytest.fixture
async def browser(app: web.Application) -> AsyncIterator[Browser]:
    async with browsing(app) as browser:
        yield browser


@pytest.fixture
async def administrator(app: web.Application, browser: Browser, pool: Pool, add_person: AddPerson) -> Browser:
    """A browser with an administrator signed in."""
    browser.plant(await session_of(pool, app, await add_person("admin", Role.ADMINISTRATOR)))
    return browser
