"""Sources as rows: what a person sets up, whose turn it is, what was read, the alarm of one that is read no more."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.costs.cost import Cost
from calltracking.feeds.feed import Feed, FeedFields, checked
from calltracking.feeds.reading import Keys
from calltracking.feeds.spent import Stretch
from calltracking.feeds.trouble import Trouble
from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

_SQL: Final = load_queries("calltracking.feeds")
_MOST_FEEDS: Final = 50
"""Each is asked every night, one after another."""
HELD: Final = timedelta(minutes=6)
"""More than a piece may take."""
LATE: Final = timedelta(days=2)
_ALARM: Final = mark("Costs of the source %(name)s have not been read for two days")
_SHAPE: Final = ("login", "level", "named", "source", "channel", "with_vat", "vat", "since")
"""What of a source decides how its rows look: where one changes, all of them are read anew."""


class _Kept(msgspec.Struct, frozen=True):
    token: str
    until: float


async def list_feeds(connection: Connection) -> list[Feed]:
    """All by name."""
    return [_feed(row) for row in await connection.fetch(_SQL["feeds"], None)]


async def find_feed(connection: Connection, identifier: UUID) -> Feed:
    """One; raises NotFound."""
    row = await connection.fetchrow(_SQL["feeds"], identifier)
    if row is None:
        raise NotFound(_("There is no such source of costs."))
    return _feed(row)


async def save_feed(
    connection: Connection,
    box: SecretBox,
    known: Feed | None,
    told: FeedFields,
    today: date,
    actor: Actor,
    now: datetime,
) -> UUID:
    """A new one, or all of a known one but its kind; it is read at once. Raises InvalidInput."""
    if known is not None:
        told = msgspec.structs.replace(told, kind=known.kind)
    told = checked(told, known, today)
    sealed = box.seal(told.secret.encode()) if told.secret else None
    identifier = known.id if known else uuid7(now.timestamp())
    shape = (told.login, told.level, told.named, told.source, told.channel, told.with_vat, told.vat, told.since)
    try:
        async with connection.transaction():
            values = (told.name, *shape, told.active, sealed)
            if known is None:
                if len(await list_feeds(connection)) >= _MOST_FEEDS:
                    raise InvalidInput(Mistake("name", _("there are %(most)s sources already") % {"most": _MOST_FEEDS}))
                await connection.execute(_SQL["add_feed"], identifier, told.kind, now, *values)
            else:
                anew = any(getattr(told, name) != getattr(known, name) for name in _SHAPE)
                await connection.execute(_SQL["change_feed"], identifier, now, *values, anew)
                if not told.active:
                    await clear_alarm(connection, _key(identifier))
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is a source of this name already"))) from error
    after = {name: value for name, value in msgspec.to_builtins(told).items() if name != "secret"}
    after["secret"] = "changed" if told.secret else "kept"
    await record(connection, actor, Deed("cost_feed.saved", "cost_feed", str(identifier), after=after), now)
    return identifier


async def read_now(
    connection: Connection, known: Feed, since: date | None, today: date, actor: Actor, now: datetime
) -> bool:
    """Have it read at once, from a day on or where it stands; False where it is off, or being read."""
    if since is not None and not today - timedelta(days=known.system.most_days) <= since < today:
        first = (today - timedelta(days=known.system.most_days)).isoformat()
        words = _("must be a day from %(first)s up to yesterday: further back this system tells nothing")
        raise InvalidInput(Mistake("from", words % {"first": first}))
    yesterday = today - timedelta(days=1)
    if await connection.fetchval(_SQL["read_now"], known.id, now, since, yesterday) is None:
        return False
    after = {"name": known.name, "since": since.isoformat() if since else ""}
    await record(connection, actor, Deed("cost_feed.read", "cost_feed", str(known.id), after=after), now)
    return True


async def remove_feed(connection: Connection, known: Feed, actor: Actor, now: datetime, *, costs: bool) -> None:
    """With the costs it brought, or without."""
    if costs:
        await connection.execute(_SQL["hold_costs"])
        await connection.execute(_SQL["remove_costs"], known.id)
    await connection.execute(_SQL["remove_feed"], known.id)
    await clear_alarm(connection, _key(known.id))
    deed = Deed("cost_feed.removed", "cost_feed", str(known.id), {"name": known.name}, {"costs": costs})
    await record(connection, actor, deed, now)


async def claim(connection: Connection, now: datetime) -> Feed | None:
    """The one whose turn it is, held by this node."""
    identifier = await connection.fetchval(_SQL["claim"], now, now + HELD)
    return await find_feed(connection, identifier) if identifier else None


async def keys_of(pool: Pool, box: SecretBox, feed: Feed) -> Keys:
    """Its secret and its last token, open; raises WrongKey."""
    row = await pool.fetchrow(_SQL["secrets"], feed.id)
    if row is None:
        raise NotFound(_("There is no such source of costs."))
    kept = msgspec.json.decode(box.open(row["token"]), type=_Kept) if row["token"] else _Kept("", 0.0)

    async def keep(token: str, until: float) -> None:
        sealed = box.seal(msgspec.json.encode(_Kept(token, until)))
        await pool.execute(_SQL["keep_token"], feed.id, feed.begun_at, sealed)

    return Keys(box.open(row["secret"]).decode(), kept.token, kept.until, keep)


async def keep_piece(
    connection: Connection, feed: Feed, costs: Sequence[Cost], days: Stretch, now: datetime, night: datetime
) -> bool:
    """Its days are what was read, inside a transaction; False where another node has the source now."""
    await connection.execute(_SQL["hold_costs"])
    if not await _is_ours(connection, feed):
        return False
    words = [[getattr(one, name) for one in costs] for name in ("day", "channel", "source", "campaign", "keyword")]
    amounts = [[getattr(one, name) for one in costs] for name in ("gross", "net")]
    await connection.execute(_SQL["drop_gone"], feed.id, days.first, days.end, *words)
    kept = await connection.fetchval(_SQL["put"], feed.id, *words, *amounts)
    left = (days.end + timedelta(days=1), days.last, now) if days.end < days.last else (None, None, night)
    await connection.execute(_SQL["went_on"], feed.id, now, days.end, *left, len(costs), kept)
    await clear_alarm(connection, _key(feed.id))
    return True


async def wait(connection: Connection, feed: Feed, report: str, until: datetime, days: Stretch, now: datetime) -> None:
    """Its report is being made there until then, inside a transaction."""
    if await _is_ours(connection, feed):
        await connection.execute(_SQL["waits"], feed.id, until, days.first, days.last, report)
        await _ring(connection, feed, now)


async def fail(
    connection: Connection, feed: Feed, trouble: Trouble, until: datetime, days: Stretch, now: datetime
) -> None:
    """It could not be read and is tried again then, inside a transaction."""
    if await _is_ours(connection, feed):
        left = (None, None) if days.is_empty else (days.first, days.last)
        await connection.execute(_SQL["failed"], feed.id, now, until, *left, trouble.name, trouble.said)
        await _ring(connection, feed, now)


async def _is_ours(connection: Connection, feed: Feed) -> bool:
    return await connection.fetchval(_SQL["hold"], feed.id, feed.begun_at) is not None


async def _ring(connection: Connection, feed: Feed, now: datetime) -> None:
    if max(feed.read_at or feed.active_at, feed.active_at) < now - LATE:
        await raise_alarm(connection, _key(feed.id), Severity.WARNING, _ALARM, {"name": feed.name})


def _key(identifier: UUID) -> str:
    return f"costs.feed:{identifier}"


def _feed(row: asyncpg.Record) -> Feed:
    return Feed(**dict(row))
