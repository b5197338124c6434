"""What follows from news of calls, in the transaction of the steps that tell them: whose chat is to show what.

Whose telephone rings gets one card of the call; it is told again of each change of his part in it, and of its end.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from crm_sync.bots.saying import kind_of
from trunkline.calls.agents import Change
from trunkline.calls.agents_now import AgentState
from trunkline.calls.announce import Announcement, News
from trunkline.calls.detail import moment
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

SQL: Final = load_queries("crm_sync.bots", "cards.sql")
CARD: Final = "card"
_OVER: Final = frozenset({News.ENDED, News.CORRECTED})


async def follow_ends(connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
    """Calls that are over; returns the topics to wake after the commit."""
    over = sorted({one.call_id for one in news if one.news in _OVER})
    if not over:
        return frozenset()

    async def told() -> list[asyncpg.Record]:
        return list(await connection.fetch(SQL["tell_of_calls"], over))

    return await _appended(connection, told)


async def follow_seats(connection: Connection, changes: Sequence[Change]) -> frozenset[str]:
    """Calls that somebody of ours came into, or left; returns the topics to wake after the commit."""
    changed = sorted(changes, key=lambda one: (one.call_id, one.extension))
    in_it = [(one, one.now) for one in changed if one.now is not None and one.now.state is not AgentState.CALLING]

    async def told() -> list[asyncpg.Record]:
        calls, extensions = [one.call_id for one, _ in in_it], [one.extension for one, _ in in_it]
        since, rings = [moment(now.since) for _, now in in_it], [now.state is AgentState.RINGING for _, now in in_it]
        seats = (calls, extensions, since, rings, [now.leg for _, now in in_it])
        begun = list(await connection.fetch(SQL["begin_cards"], *seats)) if in_it else []
        calls, extensions = [one.call_id for one in changed], [one.extension for one in changed]
        new, rang = [row["number"] for row in begun], [_rang(one) for one in changed]
        return begun + list(await connection.fetch(SQL["tell_of_seats"], calls, extensions, new, rang))

    return await _appended(connection, told)


def card_event(row: asyncpg.Record) -> NewEvent:
    """One card's, in a stream of its own."""
    stream = stream_of(row, row["call_id"])
    said = {"bot": str(row["bot_id"]), "card": row["number"]}
    return NewEvent(stream, kind_of(row["kind"], CARD), f"{stream}:{row['tellings']}", said)


def stream_of(row: asyncpg.Record, call: UUID) -> str:
    """What a card's tellings stay in order by."""
    return f"{row['kind']}:{row['bot_id']}:person:{row['person_id']}:call:{call}"


def _rang(change: Change) -> datetime | None:
    """Since when his telephone rings."""
    if change.now is None or change.now.state is not AgentState.RINGING:
        return None
    return moment(change.now.since)


async def _appended(connection: Connection, told: Callable[[], Awaitable[list[asyncpg.Record]]]) -> frozenset[str]:
    """A fault of ours costs what a chat should have shown, never the story."""
    if not await connection.fetchval(SQL["is_anyone_told"]):
        return frozenset()
    try:
        async with connection.transaction():
            events = [card_event(row) for row in await told()]
            await append_many(connection, events)
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("bots_not_told")
        return frozenset()
    return frozenset({OUTBOX_WAKE}) if events else frozenset()
