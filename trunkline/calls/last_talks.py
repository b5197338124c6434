"""Whom an outside number last talked with, kept in the transaction of the step that ended the call."""

from collections.abc import Sequence
from datetime import datetime

from trunkline.calls.announce import Announcement, News
from trunkline.calls.store import SQL
from trunkline.db.types import Connection

_OVER = frozenset((News.ENDED, News.CORRECTED))


async def remember_talks(connection: Connection, news: Sequence[Announcement]) -> None:
    """Upsert the last talk of every client who talked with a person of ours in the calls that are over.

    Whoever talked is the last of the call's agents: after a transfer the one the client ended with.
    """
    talks: dict[str, tuple[datetime, str]] = {}
    for one in news:
        call = one.payload
        if one.news in _OVER and call["client"] and call["agents"] and call["talk_seconds"] > 0:
            talk = datetime.fromisoformat(call["ended_at"]), call["agents"][-1]
            talks[call["client"]] = max(talk, talks.get(call["client"], talk))
    if talks:
        numbers = sorted(talks)  # always in one order: two writers never wait for each other crosswise
        at, extensions = zip(*(talks[number] for number in numbers), strict=True)
        await connection.execute(SQL["remember_talks"], numbers, extensions, at)
