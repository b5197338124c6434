"""The outbox's upkeep: the sweeper, the watchdog's figures, the pruning of the log."""

from dataclasses import dataclass

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.log import get_logger
from trunkline.web.metrics import OUTBOX_DEAD, OUTBOX_OLDEST_DUE, OUTBOX_WAITING

LOG_DAYS = 30
_PRUNE_BATCH = 10_000

_SQL = load_queries("trunkline.outbox")

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutboxState:
    """Seconds the oldest due stream waits, and how many events wait, were given up, and streams are parked."""

    oldest_due: float
    waiting: int
    dead: int
    parked: int


async def sweep(pool: asyncpg.Pool) -> list[str]:
    """Give streams back to events that have lost theirs; returns them. Each would be a bug, and is logged as one."""
    streams = [row["stream"] for row in await pool.fetch(_SQL["sweep"])]
    if streams:
        _log.error("outbox_streams_swept", streams=streams[:20], count=len(streams))
    return streams


async def watch(pool: asyncpg.Pool) -> OutboxState:
    """The outbox's state, shown as metrics too."""
    row = await pool.fetchrow(_SQL["outbox_state"])
    assert row is not None
    state = OutboxState(*row)
    OUTBOX_OLDEST_DUE.set(state.oldest_due)
    OUTBOX_WAITING.set(state.waiting)
    OUTBOX_DEAD.set(state.dead)
    return state


async def prune(pool: asyncpg.Pool, days: int = LOG_DAYS) -> int:
    """Delete deliveries older than `days` from the log, in batches; returns how many."""
    total = 0
    while True:
        deleted = int((await pool.execute(_SQL["prune_log"], days, _PRUNE_BATCH)).split()[-1])
        total += deleted
        if deleted < _PRUNE_BATCH:
            return total
