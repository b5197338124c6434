"""The worker's task that tells what is due: looks for what time alone makes happen, then looks at each message whose
moment has come — is it still so, is it working time, may the client be written to — and hands it to its channel.

A round is one transaction behind one lock: messages become told, and deliveries waiting, by the same commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from redis.asyncio import Redis

from trunkline.db.types import Connection, Pool
from trunkline.dialing.guard import Limits, contacted_enough
from trunkline.dialing.store import contacts_of, read_limits
from trunkline.log import get_logger
from trunkline.messages import finding
from trunkline.messages.channels import Parcel, hand_over, hold_clients
from trunkline.messages.happening import SETTLES, Kind, Settles
from trunkline.messages.hours import own_hours, working_time
from trunkline.messages.permitting import Asked, Lately, Told, refusal
from trunkline.messages.rule import Channel, Digest, Settings
from trunkline.messages.rules_store import read_settings
from trunkline.messages.store import FACTS, SQL
from trunkline.messages.template import filled
from trunkline.messages.timing import OwnHours, Plan, no_own_hours, turn
from trunkline.notices import store as notices
from trunkline.notices.notice import Notice
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.web.i18n import Reader

log = get_logger(__name__)

TICK_SECONDS: Final = 1.0
FIND_SECONDS: Final = 20.0
_MOST: Final = 300
"""Messages looked at in one round; the rest come in the next."""
CONTACTED: Final = "contacted"
"""Why it waits, or was not told, in the log."""
_LONG_HELD: Final = timedelta(minutes=30)
"""What is held is looked at again at least so often: hours and calendars are changed meanwhile."""


async def run_messages(pool: Pool, redis: Redis, reader: Reader) -> NoReturn:
    """Tell what is due, for ever, in the company's language and by its clock."""
    found_at = float("-inf")
    clock = asyncio.get_running_loop().time
    while True:
        try:
            now = datetime.now(UTC)
            if clock() - found_at >= FIND_SECONDS:
                found_at = clock()  # first: where it fails, what is due is told all the same
                await finding.one_round(pool, reader.timezone, now)
            while await one_round(pool, redis, reader, now) == _MOST:
                now = datetime.now(UTC)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("messages_wait", error=str(error) or type(error).__name__)
        except Exception:
            # A rule that another version wrote must not end the process, which does all else too.
            log.exception("messages_not_told")
        await asyncio.sleep(TICK_SECONDS)


async def one_round(pool: Pool, redis: Redis, reader: Reader, now: datetime) -> int:
    """Look at what is due at `now`; how many messages that were."""
    async with pool.acquire() as connection:
        if not await connection.fetchval(SQL["anything_due"], now):
            return 0
        async with connection.transaction():
            if not await connection.fetchval(SQL["try_lock"]):
                return 0
            rows = await connection.fetch(SQL["claim_due"], now, _MOST)
            left = await _end(connection, rows, await _settled(connection, rows))
            settings = await read_settings(connection)
            left = await _hold(connection, left, settings, reader.timezone, now)
            left = await _permitted(connection, left, settings, now)
            told = await _tell(connection, left, reader, now)
    await notices.spread(redis, told)
    await wake(redis, OUTBOX_WAKE)
    return len(rows)


async def _settled(connection: Connection, rows: Sequence[asyncpg.Record]) -> dict[UUID, tuple[str, str]]:
    """What need not be said any more."""
    asked = [row for row in rows if _is_asked(row)]
    found = await connection.fetch(FACTS["settled"], [row["kind"] for row in asked], [row["subject"] for row in asked])
    over = {(row["kind"], row["subject"]) for row in found}
    ended = {row["id"]: ("withdrawn", "settled") for row in asked if (row["kind"], row["subject"]) in over}
    return ended | {row["id"]: ("withdrawn", "left") for row in rows if not row["works"]}


def _is_asked(row: asyncpg.Record) -> bool:
    settles = SETTLES[Kind(row["kind"])]
    return settles is Settles.ALL or (settles is Settles.LATER and row["step"] > 0)


async def _hold(
    connection: Connection, rows: Sequence[asyncpg.Record], settings: Settings, zone: ZoneInfo, now: datetime
) -> list[asyncpg.Record]:
    """Those whose turn it is; others wait on."""
    if not rows:
        return []
    working = await working_time(connection, settings, zone, now)
    hours = await own_hours(connection, {row["person_id"] for row in rows if row["person_id"] is not None}, now)
    ready: list[asyncpg.Record] = []
    held: list[tuple[UUID, datetime, str]] = []
    for row in rows:
        at, why = turn(plan_of(row), row["not_before"], working, _hours_of(row, hours), now)
        if at > now:
            held.append((row["id"], min(at, now + _LONG_HELD) if why == "hours" else at, why))
        else:
            ready.append(row)
    if held:
        await connection.execute(SQL["hold_back"], *map(list, zip(*held, strict=True)))
    return ready


def plan_of(row: asyncpg.Record) -> Plan:
    """What the message waits for."""
    plan = row["plan"]
    return Plan(Digest(plan["digest"]), plan["at_minute"], plan["working"] or row["client"])


def _hours_of(row: asyncpg.Record, hours: Mapping[UUID, OwnHours]) -> OwnHours:
    return hours.get(row["person_id"], no_own_hours) if row["person_id"] is not None else no_own_hours


async def _permitted(
    connection: Connection, rows: Sequence[asyncpg.Record], settings: Settings, now: datetime
) -> list[asyncpg.Record]:
    """Those that may be told. A recipient did not allow it, or was told enough: never; a client whom we turned to as
    often as the cap of dialing lets us: not now, and no more once the days of the cap are over.
    """
    since = now - timedelta(days=settings.client_days)
    recipients = sorted({row["recipient"] for row in rows if row["client"] or row["every_days"]})
    if not recipients:
        return list(rows)
    clients = [row for row in rows if row["client"]]
    meant = [[row["contact_id"] for row in clients], [row["phone"] for row in clients]]
    meant.append([row["address"].lower() for row in clients])
    found = await connection.fetch(SQL["told_lately"], since, now, recipients, *meant)
    lately = Lately([Told(names_of(row), row["rule_id"], row["counts"], row["in_days"]) for row in found])
    said = {clients[row["place"]]["id"]: row["allowed"] for row in await connection.fetch(SQL["consents"], *meant)}
    cap = Cap(connection, await read_limits(connection), now)
    refused: dict[UUID, tuple[str, str]] = {}
    held: list[tuple[UUID, datetime, str]] = []
    for row in rows:
        asked = Asked(row["rule_id"], row["client"], row["every_days"], said.get(row["id"]), names_of(row))
        if why := refusal(asked, lately, settings):
            refused[row["id"]] = ("refused", why)
        elif row["client"] and await cap.holds(row, asked.names):
            if cap.is_too_late(row):
                refused[row["id"]] = ("refused", CONTACTED)
            else:
                held.append((row["id"], now + _LONG_HELD, CONTACTED))
        else:
            lately.note(asked)
    if held:
        await connection.execute(SQL["hold_back"], *map(list, zip(*held, strict=True)))
    kept_back = {identifier for identifier, _at, _why in held}
    return [row for row in await _end(connection, rows, refused) if row["id"] not in kept_back]


class Cap:
    """How often a client may be turned to, by calls and messages together; what it lets through counts in its round."""

    def __init__(self, connection: Connection, limits: Limits, now: datetime) -> None:
        self._connection, self._limits, self._now = connection, limits, now
        self._passed: list[frozenset[str]] = []

    async def holds(self, row: asyncpg.Record, names: frozenset[str]) -> bool:
        """Whether this message has to wait."""
        if not self._limits.contact_most:
            return False
        known = {"contact": row["contact_id"], "email": row["address"]}
        told = await contacts_of(self._connection, row["phone"], self._limits, self._now, **known)
        if contacted_enough(told + sum(not names.isdisjoint(one) for one in self._passed), self._limits):
            return True
        self._passed.append(names)
        return False

    def is_too_late(self, row: asyncpg.Record) -> bool:
        """It waited for as long as the cap counts: it is news no more."""
        late: bool = self._now - row["not_before"] > timedelta(days=self._limits.contact_days)
        return late


def names_of(row: asyncpg.Record) -> frozenset[str]:
    """By what a recipient is known again: one client may be told as a contact, and as a number that several share."""
    names = {row["recipient"]}
    if row["client"]:
        names |= {f"contact:{row['contact_id'] or ''}", f"phone:{row['phone']}", f"email:{row['address'].lower()}"}
    return frozenset(name for name in names if not name.endswith(":"))


async def _end(
    connection: Connection, rows: Sequence[asyncpg.Record], ended: Mapping[UUID, tuple[str, str]]
) -> list[asyncpg.Record]:
    """Those are told no more; returns the others."""
    if ended:
        states, whys = zip(*ended.values(), strict=True)
        await connection.execute(SQL["end_messages"], list(ended), list(states), list(whys))
    return [row for row in rows if row["id"] not in ended]


async def _tell(connection: Connection, rows: Sequence[asyncpg.Record], reader: Reader, now: datetime) -> list[Notice]:
    """Gathered ones go together, others alone; returns the notices that cards are to show after the commit."""
    today = now.astimezone(reader.timezone).date
    await hold_clients(connection, rows)
    told: list[Notice] = []
    sent: list[tuple[UUID, str, str | None]] = []
    for group in together(rows):
        texts = tuple(filled(row["template"], Kind(row["kind"]), row["facts"], reader, today) for row in group)
        parcel = Parcel(group, texts)
        notified = await hand_over(connection, parcel, now)
        if notified is None:
            why = "no_dialog" if parcel.first["channel"] == Channel.DIALOG else "no_receiver"
            await _end(connection, group, {row["id"]: ("refused", why) for row in group})
            continue
        told += notified
        sent += [(row["id"], text, parcel.delivery) for row, text in zip(group, texts, strict=True)]
    if sent:
        await connection.execute(SQL["sent"], *map(list, zip(*sent, strict=True)), now)
    return told


def together(rows: Sequence[Any]) -> list[Sequence[Any]]:
    """What goes in one message: all that is gathered for a recipient and channel; anything else alone."""
    groups: defaultdict[tuple[object, ...], list[Any]] = defaultdict(list)
    for row in rows:
        alone = Digest(row["plan"]["digest"]) is Digest.NOW or row["client"]
        groups[row["recipient"], row["channel"], row["id"] if alone else None].append(row)
    return list(groups.values())
