"""The private application with somebody signed in."""

from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.card.conftest import root
from tests.people.company import add_person, box, hasher, passwords
from tests.web.composed import compose

__all__ = ["add_person", "box", "hasher", "passwords", "root"]


@pytest.fixture
def app(database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> web.Application:
    return compose(database_url, valkey_url, data_dir)
