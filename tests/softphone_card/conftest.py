"""Calls as the story's writer tells them, and cards at the composed application."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis

from softphone_card.room import Terms, terms_key
from tests.people.company import add_person, box, hasher, passwords
from tests.people.web import Browser, browsing
from tests.softphone_card.floor import Floor
from tests.web.composed import compose
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
def floor(pool: Pool, redis: Redis) -> Floor:
    return Floor(pool, redis)


QUICK = Terms(check_seconds=0.05)


@pytest.fixture
def terms() -> Terms:
    """A test with others parametrizes it."""
    return QUICK


@pytest.fixture
def app(database_url: str, valkey_url: str, redis: Redis, data_dir: Path, terms: Terms) -> web.Application:
    app = compose(database_url, valkey_url, data_dir)
    app[terms_key] = terms
    return app


@pytest.fixture
async def browser(app: web.Application) -> AsyncIterator[Browser]:
    """Nobody is signed in."""
    async with browsing(app) as browser:
        yield browser
