"""What follows from news of recordings, in the transaction that brings them: which CRM is told of which recording.

A CRM is told of a recording once the call is over and it is told that: the event stands behind that one in the call's
stream. What happens to the recording meanwhile is looked at again when it is its turn (`untold.py`,
`generic/recordings.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from crm_sync.choosing import choose, is_final
from crm_sync.kinds import TOLD
from crm_sync.untold import SQL
from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.recorded.port import Recorded
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_OVER: Final = frozenset({News.ENDED, News.CORRECTED})


@dataclass(frozen=True, slots=True)
class RecordNews:
    """Hears of recordings; whom they are told by is woken by nobody, and looks for work four times a second."""

    recorded: Recorded

    async def settled(self, connection: Connection, call_id: UUID) -> None:
        """A recording of the call came as far as it comes (`trunkline.recorded.port.Settled`)."""
        if await connection.fetchval(SQL["is_anyone_told"]):
            await self._apart(connection, call_id)

    async def ended(self, connection: Connection, news: Sequence[Announcement]) -> None:
        """Calls that are over, or turned out otherwise, after whoever tells that: a recording may have been ready."""
        over = sorted({one.call_id for one in news if one.news in _OVER})
        if over and await connection.fetchval(SQL["is_anyone_told"]):
            for call_id in over:
                await self._apart(connection, call_id)

    async def _apart(self, connection: Connection, call_id: UUID) -> None:
        """A fault of ours costs what a CRM should have been told, never the recording nor the story."""
        try:
            async with connection.transaction():
                await append_many(connection, await self._events(connection, call_id))
        except DATABASE_TROUBLE:
            raise  # whatever it is a part of is tried again
        except Exception:
            log.exception("crm_not_told_of_recording", call=str(call_id))

    async def _events(self, connection: Connection, call_id: UUID) -> list[NewEvent]:
        # Locked before anything is read: of two recordings that settle at once the second sees the first.
        told = await connection.fetch(SQL["told_of_call"], call_id)
        if not told or not await connection.fetchval(SQL["is_over"], call_id):
            return []
        recordings = await self.recorded.of_call(connection, call_id)
        chosen = choose(recordings)
        if chosen is None:
            return []
        final, events = is_final(recordings), list[NewEvent]()
        for row in told:
            events += TOLD[row["kind"]].recorded(dict(row), chosen, final=final)
        return events
