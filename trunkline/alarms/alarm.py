"""Raise and clear alarms inside a transaction; whoever should know is told through the outbox.

An alarm is known by its key (`disk.spool:node1`): raised again while open it only counts, and tells nobody unless it
became more severe. Wake OUTBOX_WAKE after the commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from time import time
from typing import Any
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.web.metrics import ALARMS_OPEN
from trunkline.webhooks.store import Announcement, announce

EMAIL_KIND = "alarm.email"

_SQL = load_queries("trunkline.alarms")


class Severity(StrEnum):
    """How bad it is, in rising order."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm; `title` is an English sentence, or several, a line each, with places for `facts`; translated where it
    is read.
    """

    id: UUID
    key: str
    severity: Severity
    title: str
    facts: Mapping[str, Any]
    count: int
    raised_at: datetime
    last_at: datetime
    cleared_at: datetime | None


async def raise_alarm(
    connection: Connection, key: str, severity: Severity, title: str, facts: Mapping[str, Any] | None = None
) -> bool:
    """Raise `key`, e.g. with title "The disk of %(node)s has only %(free_mb)s MB left"; whether anybody was told."""
    async with connection.transaction():
        row = await connection.fetchrow(_SQL["raise_alarm"], uuid7(time()), key, severity.value, title, facts or {})
        assert row is not None
        if row["count"] > 1 and not row["worse"]:
            return False
        await _tell(connection, row, "raised", datetime.now(UTC))
    return True


async def clear_alarm(connection: Connection, key: str) -> bool:
    """Clear `key`; False when it was not raised."""
    async with connection.transaction():
        row = await connection.fetchrow(_SQL["clear_alarm"], key)
        if row is None:
            return False
        await _tell(connection, row, "cleared", datetime.now(UTC))
    return True


async def clear_alarms(connection: Connection, beginning: str) -> bool:
    """Clear all whose keys begin so; False when none was raised."""
    keys = await connection.fetch(_SQL["open_keys"], beginning)
    return any([await clear_alarm(connection, row["key"]) for row in keys])


class AlarmBell:
    """Raises and clears alarms on a pool of its own, for those who have no transaction open; wakes the workers."""

    def __init__(self, pool: asyncpg.Pool, redis: Redis | None) -> None:
        self._pool = pool
        self._redis = redis
        self._set: dict[str, Severity | None] = {}

    async def raise_(self, key: str, severity: Severity, title: str, facts: Mapping[str, Any] | None = None) -> None:
        """See raise_alarm."""
        async with self._pool.acquire() as connection:
            told = await raise_alarm(connection, key, severity, title, facts)
        if told:
            await wake(self._redis, OUTBOX_WAKE)

    async def clear(self, key: str) -> None:
        """See clear_alarm."""
        async with self._pool.acquire() as connection:
            told = await clear_alarm(connection, key)
        if told:
            await wake(self._redis, OUTBOX_WAKE)

    async def set(
        self, wrong: bool, key: str, severity: Severity, title: str, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Raise `key` while `wrong` holds, clear it when it does not; only a change goes to the database."""
        state = severity if wrong else None
        if key in self._set and self._set[key] is state:
            return
        if state is not None:
            await self.raise_(key, state, title, facts)
        else:
            await self.clear(key)
        self._set[key] = state


async def open_alarms(connection: Connection) -> list[AlarmRow]:
    """What is wrong now, worst first."""
    return [_alarm(row) for row in await connection.fetch(_SQL["open_alarms"])]


async def open_alarms_of(connection: Connection, keys: Sequence[str]) -> list[AlarmRow]:
    """Those of them that are wrong now, worst first."""
    return [_alarm(row) for row in await connection.fetch(_SQL["open_alarms_of"], keys)]


async def past_alarms(connection: Connection, limit: int = 50) -> list[AlarmRow]:
    """What was wrong, newest first."""
    return [_alarm(row) for row in await connection.fetch(_SQL["past_alarms"], limit)]


async def count_open(pool: asyncpg.Pool) -> dict[str, int]:
    """How many alarms of each severity are open, shown as metrics too."""
    found = {row["severity"]: row["alarms"] for row in await pool.fetch(_SQL["open_by_severity"])}
    counts = {severity.value: found.get(severity.value, 0) for severity in Severity}
    for severity, number in counts.items():
        ALARMS_OPEN.labels(severity).set(number)
    return counts


async def prune(pool: asyncpg.Pool, days: int = 90) -> None:
    """Forget alarms cleared more than `days` ago."""
    await pool.execute(_SQL["prune_alarms"], days)


async def _tell(connection: Connection, row: asyncpg.Record, state: str, at: datetime) -> None:
    idem = f"alarm:{row['id']}:{state}:{row['severity']}"
    data = {
        "alarm": str(row["id"]),
        "key": row["key"],
        "state": state,
        "severity": row["severity"],
        "title": row["title"],
        "facts": row["facts"],
        "raised_at": row["raised_at"].isoformat(),
    }
    told = await connection.fetch(_SQL["told"], row["severity"])
    await append_many(
        connection,
        [
            NewEvent(
                stream=f"mail:{person['email']}",
                kind=EMAIL_KIND,
                idem=f"{idem}:{person['email']}",
                payload={**data, "to": person["email"], "language": person["language"], "at": at.isoformat()},
            )
            for person in told
        ],
    )
    await announce(connection, [Announcement(f"alarm.{state}", f"alarm:{row['id']}", idem, at, data)])


def _alarm(row: asyncpg.Record) -> AlarmRow:
    return AlarmRow(**{**dict(row), "severity": Severity(row["severity"])})
