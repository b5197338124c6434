"""The outbox's rows: claiming streams, and the entries a ledger writes about them, many to a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.outbox.event import Claimed, Event

FETCH = 20
_EXCERPT = 2000

#: What a lost or overloaded server raises: the statement may be tried again. All else is about the statement.
DATABASE_TROUBLE: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    OSError,
    TimeoutError,
)

_SQL = load_queries("trunkline.outbox")


@dataclass(frozen=True, slots=True)
class Finish:
    """The event is delivered."""

    event: int
    note: str
    warning: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class Bury:
    """The event is given up."""

    event: int
    error_class: str
    error: str
    request: str
    answer: str
    parks: bool


@dataclass(frozen=True, slots=True)
class Defer:
    """An attempt failed: whether it `counts`, and whether it leaves the event `unsure`."""

    event: int
    claim: UUID
    error: str
    counts: bool
    unsure: bool


@dataclass(frozen=True, slots=True)
class Start:
    """The event is about to be sent; answered False when the stream is no longer ours."""

    event: int
    claim: UUID


@dataclass(frozen=True, slots=True)
class Release:
    """The lease is given back: with `finished_ver` the stream ends if nothing was appended since."""

    stream: str
    claim: UUID
    delay: float = 0.0
    fails: int = 0
    waiting: str | None = None
    parks: bool = False
    finished_ver: int | None = None


Entry = Finish | Bury | Defer | Start | Release


async def claim(pool: asyncpg.Pool, claim_id: UUID, *, limit: int, lease: float, shut: Sequence[str]) -> list[Claimed]:
    """Up to `limit` due streams with up to FETCH events each, leased for `lease` seconds."""
    async with pool.acquire() as connection, connection.transaction():
        streams = await connection.fetch(_SQL["claim_streams"], limit, lease, claim_id, list(shut))
        if not streams:
            return []
        rows = await connection.fetch(_SQL["fetch_events"], [row["stream"] for row in streams], FETCH)
    events: dict[str, list[Event]] = {row["stream"]: [] for row in streams}
    for row in rows:
        events[row["stream"]].append(Event(*row))
    return [Claimed(row["stream"], row["ver"], claim_id, row["fails"], tuple(events[row["stream"]])) for row in streams]


async def renew(pool: asyncpg.Pool, held: Sequence[Claimed], lease: float) -> None:
    """Keep the leases of `held` for another `lease` seconds."""
    await pool.execute(_SQL["renew_leases"], [c.stream for c in held], [c.claim for c in held], lease)


async def write(connection: Connection, entries: Sequence[Entry]) -> tuple[set[int], list[Release]]:
    """Write entries in one transaction's terms; returns the started events and the releases that must come again."""
    if finished := [entry for entry in entries if isinstance(entry, Finish)]:
        columns = zip(*((e.event, _clean(e.note), _clean(e.warning), e.took_ms) for e in finished), strict=True)
        await connection.execute(_SQL["finish_events"], *columns)
    if buried := [entry for entry in entries if isinstance(entry, Bury)]:
        columns = zip(*((e.event, e.error_class, *_texts(e), e.parks) for e in buried), strict=True)
        await connection.execute(_SQL["bury_events"], *columns)
    if deferred := [entry for entry in entries if isinstance(entry, Defer)]:
        columns = zip(*((e.event, e.claim, _clean(e.error), e.counts, e.unsure) for e in deferred), strict=True)
        await connection.execute(_SQL["defer_events"], *columns)
    started: set[int] = set()
    if starts := [entry for entry in entries if isinstance(entry, Start)]:
        rows = await connection.fetch(_SQL["start_events"], [e.event for e in starts], [e.claim for e in starts])
        started = {row["id"] for row in rows}
    again = await _release(connection, [entry for entry in entries if isinstance(entry, Release)])
    return started, again


async def _release(connection: Connection, releases: Sequence[Release]) -> list[Release]:
    if not releases:
        return []
    gone: set[str] = set()
    if ending := [(r.stream, r.claim, r.finished_ver) for r in releases if r.finished_ver is not None]:
        rows = await connection.fetch(_SQL["delete_finished_streams"], *zip(*ending, strict=True))
        gone = {row["stream"] for row in rows}
    left = [r for r in releases if r.stream not in gone]
    if not left:
        return []
    columns = zip(*((r.stream, r.claim, r.delay, r.waiting, r.fails, r.parks) for r in left), strict=True)
    reached = {row["stream"] for row in await connection.fetch(_SQL["release_streams"], *columns)}
    missed = [r for r in left if r.stream not in reached]
    if not missed:
        return []
    rows = await connection.fetch(_SQL["lost_claims"], [r.stream for r in missed], [r.claim for r in missed])
    lost = {row["stream"] for row in rows}
    return [r for r in missed if r.stream not in lost]


def _texts(entry: Bury) -> tuple[str, str, str]:
    return _clean(entry.error), _clean(entry.request), _clean(entry.answer)


def _clean(text: str) -> str:
    """What an outside system said, as PostgreSQL takes it: no NUL, no lone surrogates, not endless."""
    return text[:_EXCERPT].replace("\0", "�").encode("utf-8", "replace").decode()
