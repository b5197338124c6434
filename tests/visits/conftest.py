"""A house with somebody to be sent, his calendar on a server of its own, and browsers in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.card.conftest import House, house, root
from tests.fakes.calendar_server import CalendarServer, calendar_server
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.web.composed import compose
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.people.audit import Actor
from trunkline.settings import load
from trunkline.visits.feeds import save_feed
from trunkline.visits.fetch import Fetcher
from trunkline.visits.refresh import Refresher
from trunkline.visits.store import Asker, Booker

__all__ = ["House", "add_person", "box", "hasher", "house", "passwords", "root"]

MORNING = datetime(2026, 11, 5, 6, 0, tzinfo=UTC)
"""A Thursday, nine o'clock in Moscow."""
ACTOR = Actor(None, "Root", "test")
LOOPBACK = ("127.0.0.0/8",)

Refresh: TypeAlias = Callable[..., Awaitable[int]]


@pytest.fixture
def app(database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> web.Application:
    return compose(database_url, valkey_url, data_dir, TRUNKLINE_WEB_CALENDAR_PRIVATE_ADDRESSES="127.0.0.0/8")


@pytest.fixture
async def server() -> AsyncIterator[CalendarServer]:
    async with calendar_server() as server:
        yield server


@pytest.fixture
async def anna(add_person: AddPerson) -> UUID:
    return await add_person("anna", name="Анна", email="anna@example.com", extension="101")


@pytest.fixture
async def refresh(pool: Pool, redis: Redis, box: SecretBox) -> Refresh:
    """Reads what is due at a moment."""

    async def read(at: datetime = MORNING, *, allowed: tuple[str, ...] = LOOPBACK, seconds: float = 30.0) -> int:
        async with Fetcher(allowed, seconds=seconds).open() as fetcher:
            return await Refresher(pool, redis, box, fetcher, lambda: at).refresh()

    return read


async def give(pool: Pool, box: SecretBox, person: UUID, url: str, *, at: datetime = MORNING, **more: str) -> None:
    """Enter a person's calendar."""
    async with pool.acquire() as connection, connection.transaction():
        await save_feed(connection, box, person, {"kind": "ical", "url": url} | more, ACTOR, at)


def booker(person: UUID, at: datetime = MORNING, departments: list[UUID] | None = None, **more: Any) -> Booker:
    """Somebody who books."""
    return Booker(Asker(person, departments, named=True), Actor(person, more.get("name", "Борис"), "test"), at)


def box_of(data_dir: Path) -> SecretBox:
    """The key of a composed application."""
    return load(None, {"TRUNKLINE_DATA_DIR": str(data_dir)}).secret_box()
