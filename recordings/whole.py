"""Whether a file reaches to the end of its talk: what copies a PBX's folder here may have done so while it was written.

A recorder writes until nobody talks any more, and to the head of most files when it ends. A copy has the time of what
it copied (`rsync --archive`), so one that was made too early tells so.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from recordings.recording import Recording
from recordings.store import SQL
from trunkline.calls.detail import Story
from trunkline.db.types import Connection

WAITED_FOR: Final = timedelta(minutes=5)
"""From when the file was told: by then a copy that is made each minute is whole. A recorder that was stopped in the
midst of a talk leaves a file that never reaches its end.
"""
_SLACK: Final = timedelta(seconds=2)


async def cut_short(connection: Connection, one: Recording, written_at: datetime, now: datetime) -> str:
    """Why it is looked at again, in words; empty where it is whole, or nobody can tell."""
    if one.found_at is None or now - one.found_at >= WAITED_FOR:
        return ""
    ended = await _talked_until(connection, one)
    if ended is None or written_at >= ended - _SLACK:
        return ""
    seconds = round((ended - written_at).total_seconds())
    return f"it ends {seconds} s before the talk does: a copy that was made meanwhile is waited for"


async def _talked_until(connection: Connection, one: Recording) -> datetime | None:
    """When the last conversation of its channel ended; None where the story does not tell."""
    told = await connection.fetchval(SQL["story_of"], one.call_id)
    legs = msgspec.convert(told, Story).legs if told else ()
    leg = next((leg for leg in legs if leg.id == one.leg), None)
    if leg is None or leg.ended_at is None:
        return None
    return max((span.until or leg.ended_at for span in leg.bridged), default=None)
