"""What follows from news of calls, in the transaction of the steps that tell them: what each CRM is to be told.

A call is noted for a CRM when it first rings at one of ours, or when it ends without having done so; who is in it then
may change; and it ends. Internal calls, those of hidden numbers, and those the spam rules kept out are told to nobody.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.bitrix24.call import begun, ended
from crm_sync.store import SQL
from trunkline.calls.agents import Change
from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

REGISTERED: Final = "bitrix24.register"
CARDS: Final = "bitrix24.cards"
FINISHED: Final = "bitrix24.finish"
LINE: Final = "bitrix24.line"
_OVER: Final = frozenset({News.ENDED, News.CORRECTED})


async def follow_ends(connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
    """Calls that are over; returns the topics to wake after the commit."""
    return await _told(connection, {one.call_id for one in news if one.news in _OVER})


async def follow_seats(connection: Connection, changes: Sequence[Change]) -> frozenset[str]:
    """Calls that somebody of ours came into, or left; returns the topics to wake after the commit."""
    return await _told(connection, {one.call_id for one in changes})


async def _told(connection: Connection, calls: Iterable[UUID]) -> frozenset[str]:
    """A fault of ours costs what a CRM should have been told, never the story."""
    asked = sorted(calls)
    if not asked or not await connection.fetchval(SQL["is_anyone_told"]):
        return frozenset()
    try:
        async with connection.transaction():
            events = await _events(connection, asked)
            await append_many(connection, events)
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("crm_not_told", calls=[str(call) for call in asked[:20]])
        return frozenset()
    return frozenset({OUTBOX_WAKE}) if events else frozenset()


async def _events(connection: Connection, calls: Sequence[UUID]) -> list[NewEvent]:
    found: list[NewEvent] = []
    for row in await connection.fetch(SQL["calls_to_tell"], calls):
        found += await _of_call(connection, row)
    return found


async def _of_call(connection: Connection, row: asyncpg.Record) -> list[NewEvent]:
    """What one CRM is to be told of one call now."""
    events: list[NewEvent] = []
    is_over = row["ended_at"] is not None and row["outcome"] != "merged"
    if not row["is_known"]:
        if not row["seats"] and not is_over:
            return []
        events += await _begun(connection, row)
    elif list(row["seats"]) != list(row["told"]):
        seatings = await connection.fetchval(SQL["seat_calls"], row["connector_id"], row["call_id"], row["seats"])
        if not is_over:  # its end closes every card
            events.append(event_of(row, CARDS, f"cards:{seatings}"))
    if is_over:
        events.append(event_of(row, FINISHED, "finish", ended=msgspec.to_builtins(ended(dict(row)))))
    return events


async def _begun(connection: Connection, row: asyncpg.Record) -> list[NewEvent]:
    outgoing = row["direction"] == "out"
    await connection.execute(
        SQL["add_call"],
        *(row["connector_id"], row["call_id"], row["client"], row["line"], outgoing, row["started_at"], row["seats"]),
    )
    events = [event_of(row, REGISTERED, "register", extensions=list(begun(dict(row))))]
    if len(row["seats"]) > 1:  # the registration opens one card, of the first
        events.append(event_of(row, CARDS, "cards:1"))
    if row["line_is_news"]:  # in a stream of its own: the call need not wait, and no other writer's line is locked
        stream = f"bitrix24:{row['connector_id']}:line:{row['line']}:{row['call_id']}"
        events.append(NewEvent(stream, LINE, stream, account_of(row) | {"number": row["line"]}))
    return events


def event_of(row: asyncpg.Record, kind: str, what: str, **said: Any) -> NewEvent:
    """Of a call, in its stream: `row` names the connector, its portal and the call."""
    stream = f"bitrix24:{row['connector_id']}:call:{row['call_id']}"
    return NewEvent(stream, kind, f"{stream}:{what}", account_of(row) | {"call": str(row["call_id"]), **said})


def account_of(row: asyncpg.Record) -> dict[str, Any]:
    """What the outbox finds the portal's limit by."""
    host = urlsplit(row["portal"]).netloc
    return {"connector": str(row["connector_id"]), "portal": host, "enterprise": row["enterprise"]}
