"""Leases granted by the commit of their rows, many to a commit.

What is asked for while a commit is under way waits for the next: the busier, the more to a commit. Returning visitors
go on with the number they hold; others are proposed numbers (calltracking/leases/proposals.py), and what the rows
refuse is proposed no more; who gets none shares one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from calltracking.leases.lease import Ask, Kind, Shown
from calltracking.leases.proposals import Proposals, utc
from calltracking.sites.catalogue import Pool
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.db.types import Pool as Connections
from trunkline.errors import Overloaded
from trunkline.ids import lowest_id, uuid7
from trunkline.log import get_logger
from trunkline.web.metrics import LEASE_BATCHES

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.leases")
PATIENCE_SECONDS: Final = 0.6
"""The page waits 0.8 s in all, then keeps its own number."""
_LINGER_SECONDS: Final = 0.003
"""How long the first who asks waits for others: a commit for each costs the machine more than he notices."""
_ENOUGH: Final = 32
"""So many are worth a commit at once."""
_LARGEST_BATCH: Final = 64
"""While these are committed the answers of others are made: a larger one would leave this process idle meanwhile."""
_LARGEST_QUEUE: Final = 4000
_TRIES: Final = 3
_ABREAST: Final = 2
_RETRY_SECONDS: Final = 0.2
_TROUBLE: Final = (OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError)
_REMEMBERS: Final = timedelta(days=31)
_LONGEST_LEASE: Final = timedelta(days=2)
"""What was granted longer ago was closed long ago, whatever the clocks say."""

Waiting = tuple[Ask, "asyncio.Future[Shown | None]"]


def _refuse(future: "asyncio.Future[Shown | None]", why: str) -> None:
    if not future.done():
        future.set_exception(Overloaded(why))


class Granter:
    """Grants what is asked of it; `run` must go on beside."""

    def __init__(self, connections: Connections, proposals: Proposals, clock: Callable[[], float]) -> None:
        self._connections = connections
        self._proposals = proposals
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()

    async def ask(self, ask: Ask) -> Shown | None:
        """A number of the pool, its row committed; None where all are shared by as many as may. Raises Overloaded."""
        if len(self._waiting) >= _LARGEST_QUEUE:
            raise Overloaded("too many visitors wait for a number")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Shown | None] = loop.create_future()
        late = loop.call_later(PATIENCE_SECONDS, _refuse, future, "it takes too long to lease a number")
        self._waiting.append((ask, future))
        self._arrived.set()
        try:
            return await future
        finally:
            late.cancel()

    async def run(self) -> None:
        """Grant for ever."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_ABREAST):
                group.create_task(self._grant_for_ever())

    async def _grant_for_ever(self) -> None:
        """On one connection as long as it is good: giving it back after each commit would cost a question more."""
        while True:
            await self._arrived.wait()
            try:
                async with self._connections.acquire() as connection:
                    while await self._answer_next(connection):
                        await self._arrived.wait()
                        if len(self._waiting) < _ENOUGH:
                            await asyncio.sleep(_LINGER_SECONDS)
            except _TROUBLE as error:
                log.warning("leases_without_database", error=str(error) or type(error).__name__)
                self._refuse(self._taken())
                await asyncio.sleep(_RETRY_SECONDS)

    async def _answer_next(self, connection: Connection) -> bool:
        """Answer who waits; False where the connection is no good any more."""
        if batch := self._taken():
            await self._answer(connection, batch)
        return not connection.is_closed()

    def _taken(self) -> list[Waiting]:
        batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
        if not self._waiting:
            self._arrived.clear()
        return [one for one in batch if not one[1].done()]  # who waits no more burns no lease

    async def _answer(self, connection: Connection, batch: Sequence[Waiting]) -> None:
        try:
            shown = await self._granted(connection, [ask for ask, _ in batch])
        except Exception as error:
            log.warning("leases_not_granted", asks=len(batch), error=str(error) or type(error).__name__)
            self._refuse(batch)
            return
        for ask, future in batch:
            if not future.done():
                future.set_result(shown.get(ask.key))

    def _refuse(self, batch: Sequence[Waiting]) -> None:
        for _, future in batch:
            _refuse(future, "no number can be leased at the moment")

    async def grant(self, asks: Sequence[Ask]) -> Mapping[tuple[UUID, UUID, str], Shown]:
        """The numbers of these, by `Ask.key`; those who get none are left out."""
        async with self._connections.acquire() as connection:
            return await self._granted(connection, asks)

    async def _granted(self, connection: Connection, asks: Sequence[Ask]) -> Mapping[tuple[UUID, UUID, str], Shown]:
        LEASE_BATCHES.observe(len(asks))
        at = utc(self._clock())
        todo = {ask.key: ask for ask in asks}
        shown: dict[tuple[UUID, UUID, str], Shown] = {}
        preferred = await self._renew(connection, todo, shown, at)
        for _ in range(_TRIES):
            open_asks = [ask for key, ask in todo.items() if key not in shown]
            candidates = await self._candidates(open_asks, preferred, at)
            if not candidates:
                break
            await self._grant(connection, candidates, shown, at)
            preferred = {}
        await self._share(connection, [ask for key, ask in todo.items() if key not in shown], shown, at)
        if missed := [ask for key, ask in todo.items() if key not in shown]:
            await connection.execute(
                _SQL["keep_misses"], [ask.pool.id for ask in missed], [ask.visit for ask in missed], at
            )
        return shown

    async def _renew(
        self,
        connection: Connection,
        todo: Mapping[tuple[UUID, UUID, str], Ask],
        shown: dict[tuple[UUID, UUID, str], Shown],
        at: datetime,
    ) -> dict[tuple[UUID, UUID, str], str]:
        """Go on with what is held; returns the number each other returning visitor had."""
        back = [ask for ask in todo.values() if ask.returns]
        if not back:
            return {}
        preferred: dict[tuple[UUID, UUID, str], str] = {}
        visitors, sites, placements = (list(column) for column in zip(*(ask.key for ask in back), strict=True))
        windows, holds = [ask.site.window_seconds for ask in back], [ask.site.hold_seconds for ask in back]
        visits, anew = [ask.visit for ask in back], [ask.anew for ask in back]
        asked = (visitors, sites, placements, visits, at, windows, holds, anew)
        for row in await connection.fetch(_SQL["renew"], *asked):
            key = row["visitor"], row["site_id"], row["placement"]
            if row["goes_on"] and row["number"] in todo[key].pool.members:
                shown[key] = Shown(row["number"], Kind(row["kind"]))
            else:
                preferred[key] = row["number"]
        unknown = [ask.visitor for ask in back if ask.key not in shown and ask.key not in preferred]
        if unknown:
            for row in await connection.fetch(_SQL["last_numbers"], unknown, lowest_id(at - _REMEMBERS)):
                preferred.setdefault((row["visitor"], row["site_id"], row["placement"]), row["number"])
        return {key: number for key, number in preferred.items() if key in todo and number in todo[key].pool.members}

    async def _candidates(
        self, asks: Sequence[Ask], preferred: Mapping[tuple[UUID, UUID, str], str], at: datetime
    ) -> list[tuple[str, Ask]]:
        candidates, taken = [], set[str]()
        for ask in asks:
            if (number := preferred.get(ask.key)) and number not in taken:
                candidates.append((number, ask))
                taken.add(number)
        served = {ask.key for _, ask in candidates}
        for pool, group in _by_pool(ask for ask in asks if ask.key not in served):
            seconds = max(ask.site.window_seconds for ask in group)
            numbers = await self._proposals.propose(pool, at, len(group), seconds)
            candidates += zip((number for number in numbers if number not in taken), group, strict=False)
        return candidates

    async def _grant(
        self,
        connection: Connection,
        candidates: Sequence[tuple[str, Ask]],
        shown: dict[tuple[UUID, UUID, str], Shown],
        at: datetime,
    ) -> None:
        by_id = {uuid7(at.timestamp()): one for one in sorted(candidates, key=lambda one: one[0])}
        asks = [ask for _, ask in by_id.values()]
        rows = await connection.fetch(
            _SQL["grant"],
            list(by_id),
            [number for number, _ in by_id.values()],
            [ask.pool.id for ask in asks],
            [ask.site.id for ask in asks],
            [ask.placement for ask in asks],
            [ask.visit for ask in asks],
            [ask.visitor for ask in asks],
            [ask.site.window_seconds for ask in asks],
            at,
            [ask.site.hold_seconds for ask in asks],
            lowest_id(at - _LONGEST_LEASE),
        )
        for row in rows:
            number, ask = by_id[row["id"]]
            shown[ask.key] = Shown(number, Kind(row["kind"]))

    async def _share(
        self, connection: Connection, asks: Sequence[Ask], shown: dict[tuple[UUID, UUID, str], Shown], at: datetime
    ) -> None:
        for pool, group in _by_pool(asks):
            if pool.most_sharing < 2 or not pool.numbers:
                continue
            by_id = {uuid7(at.timestamp()): ask for ask in group}
            rows = await connection.fetch(
                _SQL["share"],
                list(pool.numbers),
                pool.most_sharing,
                list(by_id),
                [ask.site.id for ask in group],
                [ask.placement for ask in group],
                [ask.visit for ask in group],
                [ask.visitor for ask in group],
                [ask.site.window_seconds for ask in group],
                at,
                pool.id,
                [ask.site.hold_seconds for ask in group],
            )
            for row in rows:
                shown[by_id[row["id"]].key] = Shown(row["number"], Kind.SHARED)


def _by_pool(asks: Iterable[Ask]) -> list[tuple[Pool, list[Ask]]]:
    grouped: dict[UUID, list[Ask]] = defaultdict(list)
    for ask in asks:
        grouped[ask.pool.id].append(ask)
    return [(group[0].pool, group) for group in grouped.values()]
