"""Notices in the database, and on the channel that open cards listen to."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.notices.notice import Notice, NoticeKind
from trunkline.outbox.wake import publish

CHANNEL: Final = "trunkline:notices"
USUAL_PATIENCE: Final = timedelta(minutes=10)
"""Before an e-mail, where nothing else is said."""
_KEPT: Final = timedelta(days=90)
SQL: Final = load_queries("trunkline.notices")


async def tell(
    connection: Connection,
    people: Iterable[UUID],
    kind: NoticeKind,
    subject: UUID,
    facts: dict[str, Any],
    now: datetime,
    patience: timedelta = USUAL_PATIENCE,
) -> list[Notice]:
    """Keep a notice for each, in the transaction of what it tells of; `spread` them after the commit."""
    wanted = sorted(set(people))
    ids = [uuid7(time.time()) for _person in wanted]
    rows = await connection.fetch(SQL["tell"], ids, wanted, kind.value, subject, facts, now, now + patience)
    return [Notice(row["person_id"], kind, subject, facts) for row in rows]


async def spread(redis: Redis, notices: Sequence[Notice]) -> None:
    """Tell the open cards; what is lost here is still counted in the navigation and sent by e-mail."""
    await publish(redis, [(CHANNEL, msgspec.json.encode(notice)) for notice in notices])


async def done(
    connection: Connection, kinds: Iterable[NoticeKind], subject: UUID, now: datetime, person: UUID | None = None
) -> None:
    """Nothing more is to be done about `subject`: by this person, or by anybody."""
    await connection.execute(SQL["done"], person, subject, [kind.value for kind in kinds], now)


async def seen_all(connection: Connection, kinds: Iterable[NoticeKind], person: UUID, now: datetime) -> None:
    """The person has seen all of these kinds."""
    await connection.execute(SQL["done_all"], person, [kind.value for kind in kinds], now)


async def count_open(connection: Connection, kinds: Iterable[NoticeKind], person: UUID) -> int:
    """How many wait for this person."""
    waiting: int = await connection.fetchval(SQL["count_open"], person, [kind.value for kind in kinds])
    return waiting


async def forget(connection: Connection, kinds: Iterable[NoticeKind], subject: UUID) -> None:
    """Keep nothing of what these kinds said about `subject`."""
    await connection.execute(SQL["forget"], subject, [kind.value for kind in kinds])


async def prune_notices(pool: Pool, now: datetime) -> None:
    """Forget those of a quarter of a year ago."""
    await pool.execute(SQL["prune"], now - _KEPT)
