"""Dials in the database: accepted under one lock, claimed before they are sent, turned as the story tells."""

from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.phone import NamedKind, Number, parse_dialled
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.dialing.dial import STALE_SECONDS, Open, State, Told, Turn, call_of, channel_of
from trunkline.dialing.guard import Facts, Limits, Spent, Verdict, judge
from trunkline.erasing.marks import refused_call
from trunkline.ids import lowest_id, uuid7
from trunkline.uptime import uptime

SQL = load_queries("trunkline.dialing")
_WINDOW = timedelta(hours=24)
_SLACK = timedelta(seconds=60)
"""A call's id carries the second its channel was made, some seconds before its first event at most."""


class Wish(NamedTuple):
    """A call somebody wants: `person` is whose phone rings first, `by` who asked, `key` his Idempotency-Key."""

    to: object
    pbx: str
    agent: str
    person: UUID | None = None
    by: UUID | None = None
    ip: IPv4Address | IPv6Address | None = None
    line: str = ""
    key: str | None = None
    callback: UUID | None = None
    """The callback it is for."""
    anyway: bool = False
    """Beyond the cap on how often a client is called; whoever asks may."""


class Accepted(NamedTuple):
    """The guard's verdict, and the dial where it passed; `fresh` is False where the key had made it before."""

    verdict: Verdict | None
    dial: UUID | None
    fresh: bool = False


class DialRow(msgspec.Struct, frozen=True):
    """A dial as people are told of it."""

    id: UUID
    at: datetime
    number: str
    line: str
    pbx: str
    agent: str
    state: str
    outcome: str
    why: str
    sent_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_seconds: int
    call_id: UUID | None
    """Its call, once the story tells of it."""


class Order(NamedTuple):
    """What the PBX is to be told of a claimed dial."""

    id: UUID
    number: str
    line: str
    agent: str
    channel: str
    longest_seconds: int
    ring_seconds: int
    until: float
    """When it is too late to say it, by the clock it was claimed with."""
    forwarded: bool = False
    """The agent works on a number outside: he is rung by a trunk, and asked for a 1."""


async def read_limits(connection: Connection) -> Limits:
    """What is allowed now."""
    return limits_of(await connection.fetchrow(SQL["read_rules"]))


async def accept(connection: Connection, wish: Wish, now: datetime, box: SecretBox) -> Accepted:
    """Let `wish` pass and store its dial, or say which rule refused; in the caller's transaction.

    The rules' row is the lock: who comes second counts what the first one stored. It is taken by a statement
    of its own, for a statement counts only what was there when it began.
    """
    limits = limits_of(await connection.fetchrow(SQL["lock_rules"]))
    if wish.key is not None and (known := await connection.fetchval(SQL["find_by_key"], wish.key)) is not None:
        return Accepted(None, known)
    number = parse_dialled(wish.to)
    facts = await facts_of(connection, number, limits, wish, now, box)
    if limits.contact_most and wish.callback is None:  # who asked to be called back has turned to us himself
        facts = facts._replace(contacted=await contacts_of(connection, str(number), limits, now), anyway=wish.anyway)
    verdict = judge(facts)
    if not verdict.passed or isinstance(number, NamedKind):
        return Accepted(verdict, None)
    dial = uuid7(now.timestamp())
    await connection.execute(
        SQL["add_dial"],
        dial,
        now,
        wish.key,
        number,
        wish.line,
        wish.pbx,
        wish.agent,
        wish.person,
        wish.by,
        wish.ip,
        verdict.minutes * 60,
        limits.ring_seconds,
        channel_of(dial),
        call_of(dial, wish.pbx),
        wish.callback,
        facts.legs,
    )
    return Accepted(verdict, dial, fresh=True)


async def contacts_of(
    connection: Connection, number: str, limits: Limits, now: datetime, *, contact: UUID | None = None, email: str = ""
) -> int:
    """How often we called or wrote to a client, known by any of these, in the cap's days, since his own last call."""
    since = now - timedelta(days=limits.contact_days)
    known = number, since, lowest_id(since - _SLACK), contact, email
    found: int = await connection.fetchval(SQL["contacts_of"], *known)
    return found


async def find_dial(connection: Connection, dial: UUID, viewer: UUID, departments: list[UUID] | None) -> DialRow | None:
    """One dial within the viewer's reach."""
    row = await connection.fetchrow(SQL["find_dial"], dial, viewer, departments)
    return None if row is None else DialRow(**dict(row))


async def claim_order(pool: Pool, pbx: str, clock: Callable[[], float] = uptime) -> Order | None:
    """The next dial to be sent. It counts as sent from here on, also if we end in the next instant.

    How long it may still be said is the database's word, counted from before it was asked: whatever holds us up on the
    way back is on our side of it.
    """
    asked = clock()
    row = await pool.fetchrow(SQL["claim_dial"], pbx, STALE_SECONDS)
    if row is None:
        return None
    order = dict(row)
    left = order.pop("seconds_left")
    return Order(**order, until=asked + left)


async def open_dials(pool: Pool, pbx: str, living: frozenset[str] | None) -> list[tuple[UUID, Open]]:
    """Dials that are not over; `living` are the channels the PBX has now, None where it could not be asked."""
    return [(row["id"], _open(row, living)) for row in await pool.fetch(SQL["open_dials"], pbx)]


async def turn_dial(pool: Pool, dial: UUID, before: State, turn: Turn, why: str = "") -> bool:
    """Store what a dial becomes; False where it has moved on meanwhile."""
    values = (turn.state.value, turn.outcome, turn.talk_seconds, why[:300])
    return await pool.fetchval(SQL["turn_dial"], dial, before.value, *values) is not None


async def settle_dials(pool: Pool) -> None:
    """End what no node follows any more."""
    await pool.execute(SQL["settle_dials"])


async def prune_dials(pool: Pool, days: int = 400) -> None:
    """Forget what was over long ago."""
    await pool.execute(SQL["prune_dials"], days)


async def facts_of(
    connection: Connection, number: Number | NamedKind, limits: Limits, wish: Wish, now: datetime, box: SecretBox
) -> Facts:
    """What the guard asks, counted in the caller's transaction, which holds the lock where the answer must be exact.

    A number that was erased is on the do-not-call list by its mark, which `box` makes.
    """
    known = "" if isinstance(number, NamedKind) else number
    row = await connection.fetchrow(SQL["facts"], known, counted_as(wish.ip), now - _WINDOW, wish.callback)
    assert row is not None
    refused = row["do_not_call"]
    if refused is None and known:
        refused = await refused_call(connection, box, known)
    return Facts(
        number,
        limits,
        row["own"],
        refused,
        row["spam"],
        Spent(row["number_calls"], row["number_minutes"]),
        None if wish.ip is None else Spent(row["ip_calls"], row["ip_minutes"]),
        Spent(row["day_calls"], row["day_minutes"]),
        legs=await connection.fetchval(SQL["legs_of"], wish.agent),
    )


def counted_as(address: IPv4Address | IPv6Address | None) -> IPv4Network | IPv6Network | None:
    """The addresses that are one in the caps: a subscriber of IPv6 has at least a whole /64 to choose from."""
    if isinstance(address, IPv6Address):
        return ip_network((int(address), 64), strict=False)
    return None if address is None else ip_network(address)


def limits_of(row: asyncpg.Record | None) -> Limits:
    """The row of the rules as the guard takes it."""
    assert row is not None, "the migration made it"
    return Limits(**{**dict(row), "allowed": tuple(row["allowed"]), "denied": tuple(row["denied"])})


def _open(row: asyncpg.Record, living: frozenset[str] | None) -> Open:
    told = Told(row["over"], row["talked"], bool(row["client_rung"]), row["talk_seconds"]) if row["known"] else None
    lives = None if living is None else row["channel"] in living
    return Open(State(row["state"]), row["at"], row["sent_at"], told, row["heard_until"], lives)
