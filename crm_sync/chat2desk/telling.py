"""What follows from news of calls and recordings, in the transaction that brings them: what Chat2Desk is to be told.

A call is told once, when it is over, to the dialogue of who called; each recording that comes to stand for it, once,
behind that. What happens meanwhile is looked at when it is its turn (`deliverer.py`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from crm_sync.chat2desk.store import SQL
from crm_sync.choosing import choose
from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.recorded.port import Recorded
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

CALL: Final = "chat2desk.call"
RECORD: Final = "chat2desk.record"
_OVER: Final = frozenset({News.ENDED, News.CORRECTED})


@dataclass(frozen=True, slots=True)
class ChatNews:
    """Hears of calls that are over and of recordings."""

    recorded: Recorded

    async def ended(self, connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
        """Calls that are over; returns the topics to wake after the commit."""
        over = sorted({one.call_id for one in news if one.news in _OVER})
        if not over or not await connection.fetchval(SQL["is_told"]):
            return frozenset()

        async def told() -> list[NewEvent]:
            rows = await connection.fetch(SQL["tell_of_calls"], over)
            events = [_event(row["account_id"], row["call_id"], CALL, "card") for row in rows]
            for call in over:  # a recording may have been ready before
                events += await self._recording(connection, call)
            return events

        return await _apart(connection, told)

    async def settled(self, connection: Connection, call_id: UUID) -> None:
        """A recording of the call came as far as it comes (`trunkline.recorded.port.Settled`)."""
        if await connection.fetchval(SQL["is_told"]):
            await _apart(connection, lambda: self._recording(connection, call_id))

    async def _recording(self, connection: Connection, call: UUID) -> list[NewEvent]:
        # Locked before anything is read: of two recordings that settle at once the second sees the first.
        row = await connection.fetchrow(SQL["told_of_call"], call)
        one = choose(await self.recorded.of_call(connection, call)) if row is not None else None
        if row is None or one is None:
            return []
        return [_event(row["account_id"], call, RECORD, f"record:{one.id}", recording=str(one.id))]


def _event(account: UUID, call: UUID, kind: str, what: str, **said: Any) -> NewEvent:
    """Of a call, in its stream."""
    stream = f"chat2desk:{account}:call:{call}"
    return NewEvent(stream, kind, f"{stream}:{what}", {"account": str(account), "call": str(call), **said})


async def _apart(connection: Connection, told: Callable[[], Awaitable[list[NewEvent]]]) -> frozenset[str]:
    """A fault of ours costs what a dialogue should have shown, never the story."""
    try:
        async with connection.transaction():
            events = await told()
            await append_many(connection, events)
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("chat2desk_not_told")
        return frozenset()
    return frozenset({OUTBOX_WAKE}) if events else frozenset()
