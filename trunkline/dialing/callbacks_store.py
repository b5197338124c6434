"""Callbacks in the database: asked for under the guard's lock, listed within a reader's reach, cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.phone import NamedKind, parse_dialled
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.dialing.guard import Verdict, judge
from trunkline.dialing.store import SQL as DIALS
from trunkline.dialing.store import Wish, facts_of, limits_of
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.people.identity import Reach
from trunkline.web.i18n import gettext as _

SQL = load_queries("trunkline.dialing", "callbacks.sql")


class Wanted(NamedTuple):
    """A client who wants to be called: `wish` as the guard takes it, and what is particular to a callback."""

    wish: Wish
    queue: str
    zone: str
    source: str
    wanted_at: datetime
    owner: UUID | None = None
    note: str = ""


class CallbackRow(msgspec.Struct, frozen=True):
    """One as people are told of it."""

    id: UUID
    number: str
    line: str
    queue: str
    queue_name: str
    owner: str | None
    source: str
    zone: str
    asked_at: datetime
    wanted_at: datetime
    next_at: datetime
    state: str
    why: str
    attempts: int
    note: str
    ended_at: datetime | None


class Taken(NamedTuple):
    """The guard's verdict, and the callback with its time; not `fresh`: the number, or the key, had one already.

    `was_wanted_at` is the later time that gave way to this wish. Neither verdict nor id: out of the asker's reach.
    """

    verdict: Verdict | None
    id: UUID | None
    fresh: bool = False
    wanted_at: datetime | None = None
    was_wanted_at: datetime | None = None

    @property
    def refused(self) -> bool:
        """Whether the guard said no."""
        return self.id is None and self.verdict is not None


def number_of(text: object) -> str:
    """The number a client is called at; empty where it is none."""
    number = parse_dialled(text)
    return "" if isinstance(number, NamedKind) else number


async def take(connection: Connection, wanted: Wanted, reach: Reach, now: datetime, box: SecretBox) -> Taken:
    """Put a client in the order, unless the guard would never let him be called, or he is there already.

    Who waits for a later time waits for this one from now on; all else stays as it was asked for first, and everything
    of one out of the asker's `reach`. Under the same lock as dials: forged requests at once meet the same caps. Raises
    InvalidInput for a key that came with another number.
    """
    wish = wanted.wish
    limits = limits_of(await connection.fetchrow(DIALS["lock_rules"]))
    number = parse_dialled(wish.to)
    asker = (reach.person, reach.departments, reach.lines)
    known = await connection.fetchrow(SQL["known"], wish.key, number_of(wish.to), *asker)
    if known is not None and not known["within"]:
        return Taken(None, None)
    if known is not None:
        if known["same"] and known["number"] != number:
            raise InvalidInput(Mistake("Idempotency-Key", _("was used for another number: take a new one")))
        return await _again(connection, wanted, known)
    verdict = judge(await facts_of(connection, number, limits, wish, now, box))
    if not verdict.passed or isinstance(number, NamedKind):
        return Taken(verdict, None)
    values = (
        wish.line,
        wanted.queue,
        wanted.owner,
        wanted.source,
        wanted.zone,
        now,
        wanted.wanted_at,
        wish.by,
        wish.ip,
        wanted.note,
    )
    identifier = await connection.fetchval(SQL["add"], uuid7(now.timestamp()), wish.key, number, *values)
    return Taken(verdict, identifier, fresh=True, wanted_at=wanted.wanted_at)


async def _again(connection: Connection, wanted: Wanted, known: asyncpg.Record) -> Taken:
    """What a further wish changes of the callback that is there; one that comes twice changes nothing."""
    was = known["wanted_at"]
    if not known["same"] and await connection.fetchval(SQL["sooner"], known["id"], wanted.wanted_at, wanted.note):
        return Taken(None, known["id"], wanted_at=wanted.wanted_at, was_wanted_at=was)
    return Taken(None, known["id"], wanted_at=was)


async def find_callback(connection: Connection, callback: UUID, reach: Reach) -> CallbackRow | None:
    """One within reach."""
    row = await connection.fetchrow(SQL["find"], callback, reach.departments, reach.lines)
    return None if row is None else CallbackRow(**dict(row))


async def list_callbacks(
    connection: Connection,
    reach: Reach,
    *,
    ended: bool = False,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[CallbackRow]:
    """Those that wait, in their order, or those that are over, the newest first."""
    moment, identifier = after or (None, None)
    arguments = (reach.departments, reach.lines, moment, identifier, limit)
    rows = await connection.fetch(SQL["list_ended" if ended else "list_open"], *arguments)
    return [CallbackRow(**dict(row)) for row in rows]


async def cancel(connection: Connection, callback: UUID, why: str, now: datetime) -> bool:
    """Call him no more; False where that is settled already."""
    return await connection.fetchval(SQL["cancel"], callback, why, now) is not None


async def prune_callbacks(pool: Pool, days: int = 400) -> None:
    """Forget what was over long ago."""
    await pool.execute(SQL["prune"], days)
