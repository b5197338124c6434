"""The demo company's websites as rows: one a brand, a pool of numbers that they share, and a billboard."""

import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7

_SQL: Final = load_queries("trunkline.demo", "sites.sql")
_CITY: Final = "Москва"
_HOSTS: Final = ("127.0.0.1", "localhost")
# Key, brand, and the queue that answers for it.
_SITES: Final = (
    ("demoavtobus1", "Автобус-1", "sales"),
    ("demovahta001", "Вахта-Транс", "logistics"),
    ("demoekskurs1", "Экскурс", "service"),
)
_POOL_QUEUE: Final = "sales"
_LEASED: Final = 8
_LEAST_LINES: Final = len(_SITES) + 2


class Shop(msgspec.Struct, frozen=True):
    """A website: what the script sends, what it is called, and the number on its pages."""

    key: str
    name: str
    number: str


async def ensure_sites(connection: Connection, today: date) -> list[Shop]:
    """The websites of the demo company, made where there are none yet."""
    async with connection.transaction():
        if not await connection.fetchval(_SQL["has_sites"]):
            lines = [row["number"] for row in await connection.fetch(_SQL["lines_of_city"], _CITY)]
            if len(lines) >= _LEAST_LINES:
                await _make(connection, lines, today - timedelta(days=30))
    return [Shop(**row) for row in await connection.fetch(_SQL["shops"])]


async def _make(connection: Connection, lines: Sequence[str], since: date) -> None:
    own, billboard, leased = lines[: len(_SITES)], lines[len(_SITES)], lines[len(_SITES) + 1 :][:_LEASED]
    pool = _id()
    await connection.execute(_SQL["add_pool"], pool, _CITY, _POOL_QUEUE)
    for (key, brand, queue), number in zip(_SITES, own, strict=True):
        site = _id()
        await connection.execute(_SQL["add_site"], site, key, brand, list(_HOSTS), brand, _CITY, queue)
        await connection.execute(_SQL["add_placement"], _id(), site, number, pool)
    for number in leased:
        await connection.execute(_SQL["add_number"], _id(), number, since, pool, "", "", "")
    told = ("билборд", "Offline", "МКАД, 34-й км")
    await connection.execute(_SQL["add_number"], _id(), billboard, since, None, *told)


def _id() -> UUID:
    return uuid7(time.time())
