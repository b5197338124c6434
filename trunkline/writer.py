"""The one path from accepted to stored: tails this node's spools and commits effects and position together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time
from typing import Protocol

import asyncpg

from trunkline.abreast import go_abreast
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.log import get_logger
from trunkline.spool import Position, Record, SpoolReader
from trunkline.spool.reader import START
from trunkline.web.metrics import SPOOL_BATCHES, SPOOL_LAG, SPOOL_RECORDS, SPOOL_REJECTS, SPOOL_WAITING

log = get_logger(__name__)

_SQL = load_queries("trunkline")
IDLE_SECONDS = 0.02
_GATHERING_SECONDS = {"web": 0.1}
"""What a process says in this time goes in together: visitors are many, and nobody waits for a visit to be a row."""
_RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
_BATCH_RECORDS = 2000
# What ends a connection or a transaction through no fault of the records in it.
DATABASE_TROUBLE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    TimeoutError,
)


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be applied, and why; it is kept in `spool_rejects`."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Post:
    """News for whoever listens to a pub/sub channel at the moment; the rows it tells of are there for the others."""

    channel: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Applied:
    """What an applier did besides its rows: records it refused, and for after the commit topics to wake and news."""

    rejects: Sequence[Reject] = ()
    wakes: frozenset[str] = field(default_factory=frozenset)
    posts: Sequence[Post] = ()


Tell = Callable[[frozenset[str], Sequence[Post]], Awaitable[None]]
"""Wakes topics and posts news, after the commit; never raises."""


class Applier(Protocol):
    """Turns records of its kinds into rows, inside the writer's transaction; applying one twice changes nothing."""

    @property
    def kinds(self) -> frozenset[int]: ...

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied: ...

    def rounds(self, records: Sequence[Record]) -> int:
        """How often applying these goes for locks that other nodes' batches may hold; one round takes them in order."""

    def forget(self) -> None:
        """Drop whatever was remembered: the transaction was rolled back."""


class SpoolApplier:
    """Applies the spools under `root` (one folder a process) of one node."""

    def __init__(
        self,
        pool: Pool,
        node: str,
        root: Path,
        appliers: Sequence[Applier],
        tell: Tell,
        *,
        batch: int = _BATCH_RECORDS,
    ) -> None:
        self._pool = pool
        self._node = node
        self._root = root
        self._appliers: Mapping[int, Applier] = {kind: applier for applier in appliers for kind in applier.kinds}
        self._tell = tell
        self._batch = batch
        self._readers: dict[str, SpoolReader] = {}
        self._stored: dict[str, Position] = {}
        self._stored_at: dict[str, float] = {}

    async def run(self) -> None:
        """Apply for ever; database trouble is waited out, for nothing accepted is lost meanwhile."""
        failures = 0
        while True:
            try:
                applied = await self.step(gathers=True)
            except DATABASE_TROUBLE as error:
                log.warning("spool_waits_for_database", error=str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1
                continue
            failures = 0
            if not applied:
                await asyncio.sleep(IDLE_SECONDS)

    async def drain(self) -> None:
        """Apply all that has been accepted until now."""
        while await self.step():
            pass

    async def step(self, *, gathers: bool = False) -> int:
        """Apply one batch of each process's spool, with `gathers` of those it is time for; returns how many records."""
        processes = [process for process in self._processes() if not gathers or self._is_time(process)]
        return sum([await self._step_process(process) for process in processes])

    def _is_time(self, process: str) -> bool:
        return monotonic() - self._stored_at.get(process, 0.0) >= _GATHERING_SECONDS.get(process, 0.0)

    def _processes(self) -> list[str]:
        try:
            return sorted(entry.name for entry in self._root.iterdir() if entry.is_dir())
        except FileNotFoundError:
            return []

    async def _step_process(self, process: str) -> int:
        reader = self._readers.setdefault(process, SpoolReader(self._root / process))
        if (stored := self._stored.get(process)) is not None and not reader.has_more(stored):
            return 0
        async with self._pool.acquire() as connection:
            try:
                records, position, outcomes = await self._apply_batch(connection, process, reader, one_by_one=False)
            except DATABASE_TROUBLE:
                self._forget()
                raise
            except Exception:
                # One of the records is at fault: find it, keep it aside, and let the others in.
                log.exception("spool_batch_failed", process=process)
                self._forget()
                records, position, outcomes = await self._apply_batch(connection, process, reader, one_by_one=True)
        self._stored[process] = position
        self._stored_at[process] = monotonic() if len(records) < self._batch else 0.0
        reader.release(position)
        SPOOL_WAITING.labels(process).set(reader.waiting_bytes(position))
        if records:
            SPOOL_BATCHES.labels(process).observe(len(records))
            SPOOL_LAG.labels(process).observe(max(0.0, time() - records[-1].at))
        wakes = frozenset().union(*(outcome.wakes for outcome in outcomes))
        posts = [post for outcome in outcomes for post in outcome.posts]
        if wakes or posts:
            await self._tell(wakes, posts)
        return len(records)

    async def _apply_batch(
        self, connection: Connection, process: str, reader: SpoolReader, *, one_by_one: bool
    ) -> tuple[list[Record], Position, list[Applied]]:
        async with connection.transaction():
            start = await self._position(connection, process)
            if reader.is_behind(start):
                log.warning("spool_begins_anew", process=process, stored_segment=start.segment)
                start = START
            records, position = await asyncio.to_thread(reader.read, start, most=self._batch)
            if position == start:
                return [], start, []
            groups = sorted(_grouped(records).items())
            await go_abreast(connection, len(records) if one_by_one else self._rounds(groups))
            outcomes = [
                await (self._apply_singly if one_by_one else self._apply_group)(connection, kind, group)
                # By number: what a PBX said goes in before what its link told of it.
                for kind, group in groups
            ]
            rejects = [reject for outcome in outcomes for reject in outcome.rejects]
            await self._keep_rejects(connection, process, rejects)
            await connection.execute(
                _SQL["save_spool_position"], self._node, process, position.segment, position.offset
            )
        return records, position, outcomes

    def _rounds(self, groups: Sequence[tuple[int, list[Record]]]) -> int:
        return sum(self._appliers[kind].rounds(group) for kind, group in groups if kind in self._appliers)

    async def _apply_group(self, connection: Connection, kind: int, group: list[Record]) -> Applied:
        SPOOL_RECORDS.labels(str(kind)).inc(len(group))
        applier = self._appliers.get(kind)
        if applier is None:
            return Applied([Reject(record, f"nobody applies records of kind {kind}") for record in group])
        return await applier.apply(connection, group)

    async def _apply_singly(self, connection: Connection, kind: int, group: list[Record]) -> Applied:
        rejects: list[Reject] = []
        wakes: set[str] = set()
        posts: list[Post] = []
        for record in group:
            try:
                async with connection.transaction():
                    applied = await self._apply_group(connection, kind, [record])
            except DATABASE_TROUBLE:
                raise
            except Exception as error:
                log.exception("spool_record_failed", kind=kind)
                self._forget()
                rejects.append(Reject(record, f"{type(error).__name__}: {error}"))
            else:
                rejects += applied.rejects
                wakes |= applied.wakes
                posts += applied.posts
        return Applied(rejects, frozenset(wakes), posts)

    async def _position(self, connection: Connection, process: str) -> Position:
        row = await connection.fetchrow(_SQL["spool_position"], self._node, process)
        if row is None:
            await connection.execute(_SQL["start_spool_position"], self._node, process)
            row = await connection.fetchrow(_SQL["spool_position"], self._node, process)
        assert row is not None
        return Position(row["segment"], row["offset"])

    async def _keep_rejects(self, connection: Connection, process: str, rejects: list[Reject]) -> None:
        for reject in rejects:
            record = reject.record
            SPOOL_REJECTS.labels(str(record.kind)).inc()
            log.error("spool_record_rejected", process=process, kind=record.kind, reason=reject.reason)
            await connection.execute(
                _SQL["keep_reject"], uuid7(time()), self._node, process,
                record.kind, record.at, record.payload, reject.reason[:2000],
            )  # fmt: skip

    def _forget(self) -> None:
        for applier in set(self._appliers.values()):
            applier.forget()


def _grouped(records: Sequence[Record]) -> dict[int, list[Record]]:
    groups: dict[int, list[Record]] = {}
    for record in records:
        groups.setdefault(record.kind, []).append(record)
    return groups
