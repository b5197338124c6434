"""The catalogue read from its rows and kept level with them; the last one stays while PostgreSQL is away."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from calltracking.sites.catalogue import Catalogue, Placement, Pool, Site, Static
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.db.types import Pool as Connections
from trunkline.log import get_logger

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.sites")
REFRESH_SECONDS: Final = 2.0


async def fingerprint(connection: Connection, today: date) -> str:
    """Changes with anything in the catalogue; PostgreSQL reads the rows, we do not."""
    told = [
        await connection.fetchval(f"select sum(hashtextextended(q::text, 0))::text from ({_SQL[name]}) as q", *values)  # noqa: S608 - our own
        for name, values in (
            ("read_sites", ()),
            ("read_placements", ()),
            ("read_pools", ()),
            ("read_numbers", (today,)),
        )
    ]
    return f"{today} {told}"


async def read_catalogue(connection: Connection, today: date) -> Catalogue:
    """All of it as it is on `today`."""
    numbers: dict[UUID, list[str]] = defaultdict(list)
    statics: dict[UUID, list[Static]] = defaultdict(list)
    placements: dict[UUID, dict[str, Placement]] = defaultdict(dict)
    for row in await connection.fetch(_SQL["read_numbers"], today):
        if row["pool_id"]:
            numbers[row["pool_id"]].append(row["number"])
        else:
            told = {name: row[name] for name in ("number", "placement", "source", "channel", "campaign", "city")}
            statics[row["site_id"]].append(Static(**told))
    for row in await connection.fetch(_SQL["read_placements"]):
        placement = Placement(row["name"], row["number"], tuple(row["selectors"]), row["pool_id"])
        placements[row["site_id"]][placement.name] = placement
    pools = {
        row["id"]: Pool(**{**dict(row), "numbers": tuple(numbers[row["id"]])})
        for row in await connection.fetch(_SQL["read_pools"])
    }
    sites = {
        row["key"]: Site(
            id=row["id"],
            key=row["key"],
            hosts=frozenset(row["hosts"]),
            city=row["city"],
            consent=row["consent"],
            take=row["take"],
            hold_seconds=60 * row["hold_minutes"],
            beat_seconds=row["beat_seconds"],
            placements=placements[row["id"]],
            statics=tuple(statics[row["id"]]),
        )
        for row in await connection.fetch(_SQL["read_sites"])
    }
    return Catalogue(sites, pools)


class KeptCatalogue:
    """The newest catalogue that could be read."""

    def __init__(self, pool: Connections, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.value = Catalogue()
        self._pool = pool
        self._now = now
        self._known = ""
        self._one_reads = asyncio.Lock()

    @property
    def is_read(self) -> bool:
        """Whether it was read at all: until then nobody knows which sites there are."""
        return bool(self._known)

    async def refresh(self) -> None:
        """Read it again where it has changed."""
        today = self._now().date()
        async with (
            self._one_reads,  # else an older reading may come last
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            known = await fingerprint(connection, today)
            if known != self._known:
                self.value = await read_catalogue(connection, today)
                self._known = known

    async def follow(self) -> None:
        """Read it again for ever, a moment after each change."""
        while True:
            try:
                await self.refresh()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("sites_not_read", error=str(error) or type(error).__name__)
            await asyncio.sleep(REFRESH_SECONDS)
