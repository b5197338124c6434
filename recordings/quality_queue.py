"""What waits for a review, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from recordings.checklist import SQL
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach

_LOOKS_BACK: Final = timedelta(days=30)
_MOST_WAITING: Final = 5_000
"""Recordings that turns are told by, the newest: each page tells them."""
_LAST: Final = UUID(int=(1 << 128) - 1)
_RANDOM: Final = 80
"""Bits of an id behind its moment (trunkline/ids.py)."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows of recordings, the newest first, and of agents, the least reviewed first."""

    waiting: Sequence[asyncpg.Record]
    turns: Sequence[asyncpg.Record]


async def queue_of(
    connection: Connection, reach: Reach, agent: UUID | None, before: UUID | None, limit: int, now: datetime
) -> Queue:
    """Recordings of the last 30 days within reach, of one agent or all, older than `before`; nobody's own."""
    since, end = now - _LOOKS_BACK, before or _LAST
    who, oldest = (reach.person, reach.departments, reach.lines), lowest_id(since)
    waiting = await connection.fetch(SQL["queue"], *who, oldest, end, agent, limit, behind(end))
    return Queue(waiting, await connection.fetch(SQL["turns"], *who, oldest, since, _MOST_WAITING))


def ahead(recording: UUID) -> UUID:
    """The lowest id of a call whose recording has this one or a higher one: they are of the same millisecond."""
    return UUID(int=recording.int >> _RANDOM << _RANDOM)


def behind(recording: UUID) -> UUID:
    """What is higher than the id of every call whose recording has this one or a lower one."""
    return UUID(int=min(_LAST.int, (recording.int >> _RANDOM) + 1 << _RANDOM))
