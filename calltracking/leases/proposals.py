"""Which number a new visitor should be asked for: the one of the pool that was released longest ago.

Valkey holds each pool as a sorted set by release and proposes; losing it loses nothing, for the rows decide. Beside the
set lies which numbers the pool had: where they are others, or nothing is there, it is filled from the rows again.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Final, Protocol
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from calltracking.sites.catalogue import Pool
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool as Connections
from trunkline.ids import lowest_id
from trunkline.log import get_logger

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.leases")
_PROPOSE, _FILL = (
    resources.files("calltracking.leases").joinpath(name).read_text(encoding="utf-8")
    for name in ("propose.lua", "fill.lua")
)
_AWAY_SECONDS: Final = 1.0
_LOOK_BACK: Final = timedelta(days=31)
_LIVES_SECONDS: Final = 86_400
_TROUBLE: Final = (RedisError, OSError, TimeoutError)


class Proposals(Protocol):
    """Who proposes; the same number twice at once costs a try, never a double lease."""

    async def propose(self, pool: Pool, at: datetime, most: int, seconds: int) -> Sequence[str]:
        """At most `most` numbers that nobody should hold at `at`, the longest unused first."""


class RowProposals:
    """PostgreSQL alone proposes: right, and slower."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def propose(self, pool: Pool, at: datetime, most: int, seconds: int) -> Sequence[str]:  # noqa: ARG002 - the protocol's: rows set nothing aside
        """See Proposals."""
        free = sorted((score, number) for number, score in (await self.releases(pool, at)).items())
        return [number for score, number in free if score <= at.timestamp()][:most]

    async def releases(self, pool: Pool, at: datetime) -> Mapping[str, float]:
        """When each number of the pool was or will be released; 0 of those never held."""
        async with self._connections.acquire() as connection:
            rows = await connection.fetch(_SQL["releases"], list(pool.numbers), lowest_id(at - _LOOK_BACK))
        return {row["number"]: row["at"] or 0.0 for row in rows}


class ValkeyProposals:
    """Valkey proposes; while it is away, the rows do."""

    def __init__(self, redis: Redis, rows: RowProposals) -> None:
        self._redis = redis
        self._rows = rows
        self._script = redis.register_script(_PROPOSE)
        self._fill_script = redis.register_script(_FILL)
        self._away_until = 0.0

    async def propose(self, pool: Pool, at: datetime, most: int, seconds: int) -> Sequence[str]:
        """See Proposals."""
        if time.monotonic() < self._away_until:
            return await self._rows.propose(pool, at, most, seconds)
        try:
            found = await self._ask(pool, at, most, seconds)
            if found is None:
                await self._fill(pool, at)
                found = await self._ask(pool, at, most, seconds)
        except _TROUBLE as error:
            self._gone(error)
            return await self._rows.propose(pool, at, most, seconds)
        return found or []

    async def _ask(self, pool: Pool, at: datetime, most: int, seconds: int) -> list[str] | None:
        now = at.timestamp()
        found = await self._script(keys=keys_of(pool.id), args=[pool.digest, now, most, now + seconds])
        return None if found is None else [bytes(number).decode() for number in found]

    async def _fill(self, pool: Pool, at: datetime) -> None:
        releases = await self._rows.releases(pool, at)
        scored = [value for number, release in releases.items() for value in (release, number)]
        await self._fill_script(keys=keys_of(pool.id), args=[pool.digest, _LIVES_SECONDS, *scored])

    async def release(self, releases: Iterable[tuple[UUID, str, float]]) -> None:
        """Tell when numbers of pools are or will be released; raises nothing, for a late word costs a try."""
        if time.monotonic() < self._away_until:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for pool, number, release in releases:
                    pipeline.zadd(keys_of(pool)[0], {number: release}, xx=True)
                await pipeline.execute()
        except _TROUBLE as error:
            self._gone(error)

    def _gone(self, error: Exception) -> None:
        self._away_until = time.monotonic() + _AWAY_SECONDS
        log.warning("lease_proposals_without_valkey", error=type(error).__name__)


def utc(at: float) -> datetime:
    """Unix seconds as a moment."""
    return datetime.fromtimestamp(at, UTC)


def keys_of(pool: UUID) -> list[str]:
    """The pool's sorted set, and which numbers it was filled with."""
    numbers = f"calltracking:{{{pool.hex}}}"
    return [numbers, f"{numbers}:digest"]
