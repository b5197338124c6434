"""What follows from news of calls, in the transaction of the steps that tell them: what each CRM is to be told.

A call is noted for a CRM when it first rings at one of ours, or when it ends without having done so; who is in it then
may change; and it ends. Internal calls, those of hidden numbers, and those the spam rules kept out are told to nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from crm_sync.kinds import TOLD
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
        found += await _of_call(connection, dict(row))
    return found


async def _of_call(connection: Connection, row: Mapping[str, Any]) -> list[NewEvent]:
    """What one CRM is to be told of one call now."""
    kind = TOLD[row["kind"]]
    events: list[NewEvent] = []
    is_over = row["ended_at"] is not None and row["outcome"] != "merged"
    if not row["is_known"]:
        if not row["seats"] and not is_over:
            return []
        await connection.execute(
            SQL["add_call"],
            *(row["connector_id"], row["call_id"], row["client"], row["line"], row["direction"] == "out"),
            *(row["started_at"], row["seats"]),
        )
        events += kind.began(row)
    elif row["seats"] != row["told"]:
        seatings = await connection.fetchval(SQL["seat_calls"], row["connector_id"], row["call_id"], row["seats"])
        if not is_over:
            events += kind.seated(row, seatings)
    events += kind.ended(row) if is_over else kind.answered(row) if row["is_known"] else []
    return events
