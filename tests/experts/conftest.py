"""A house with experts in it."""

from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.card.conftest import House, house, root
from tests.people.company import add_person, box, hasher, passwords
from tests.web.composed import compose

__all__ = ["House", "add_person", "box", "hasher", "house", "passwords", "root"]


@pytest.fixture
def app(database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> web.Application:
    return compose(database_url, valkey_url, data_dir)
