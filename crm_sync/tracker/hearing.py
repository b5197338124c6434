"""Asks the tracker, each minute, what was written to our issues: those that changed are read, and their comments kept.

Ours come back too: they are known by their marks, and left.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

from crm_sync.answer import Refused
from crm_sync.tracker.client import Tracker, Way
from crm_sync.tracker.store import SQL, TrackerRow
from crm_sync.tracker.wire import Comment, Issue, mark_of
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.log import get_logger
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

EVERY: Final = timedelta(seconds=60)
_TICK_SECONDS: Final = 5.0
_FOLLOWED: Final = timedelta(days=90)
"""So long it is asked what is written to an issue."""
_AT_ONCE: Final = 100
_OF_ALL: Final = frozenset({ErrorClass.AUTH, ErrorClass.THROTTLED})
"""What the next issue would be answered with too."""
_LONGEST: Final = 10_000
"""Characters that are kept of a comment."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The worker's."""

    pool: Pool
    box: SecretBox
    tracker: Tracker

    async def run(self) -> NoReturn:
        """For ever; one node at a time."""
        while True:
            try:
                await self.one_round(datetime.now(UTC))
            except DATABASE_TROUBLE as error:
                log.warning("tracker_not_asked", error=str(error) or type(error).__name__)
            await asyncio.sleep(_TICK_SECONDS)

    async def one_round(self, now: datetime) -> None:
        """Where the last is a minute old."""
        row = await self.pool.fetchrow(SQL["claim_asking"], EVERY)
        if row is None:
            return
        tracker, trouble = TrackerRow(**dict(row)), ""
        try:
            trouble = await self._ask(tracker, tracker.way(self.box), now)
        except (Refused, WrongKey) as error:
            trouble = str(error)[:300]
            log.warning("tracker_not_heard", error=trouble)
        await self.pool.execute(SQL["trouble"], tracker.id, trouble)

    async def _ask(self, tracker: TrackerRow, way: Way, now: datetime) -> str:
        """What is the trouble with an issue, the last of them; none."""
        trouble = ""
        rows = await self.pool.fetch(SQL["issues_to_look_at"], tracker.id, now - _FOLLOWED)
        for begin in range(0, len(rows), _AT_ONCE):
            known = {row["key"]: row for row in rows[begin : begin + _AT_ONCE]}
            for issue in await self.tracker.changed(way, list(known)):
                row = known.get(issue.key)
                if row is not None and row["updated"] != issue.updated_at:
                    trouble = await self._look(way, row["id"], issue, now) or trouble
        return trouble

    async def _look(self, way: Way, row: UUID, issue: Issue, now: datetime) -> str:
        """One that cannot be read is asked for again the next minute, and keeps none behind it from being read."""
        try:
            await self._read(way, row, issue.key, now)
        except Refused as error:
            if classify(error.fault) in _OF_ALL:
                raise
            log.warning("tracker_issue_not_read", issue=issue.key, error=str(error))
            return f"{issue.key}: {error}"[:300]
        await self.pool.execute(SQL["looked_at"], row, issue.updated_at)
        return ""

    async def _read(self, way: Way, issue: UUID, key: str, now: datetime) -> None:
        for one in await self.tracker.comments(way, key):
            ours = mark_of(one.text or "")
            if ours is not None:
                await self.pool.execute(SQL["comment_is_there"], ours, str(one.id))
            else:
                await self.pool.execute(SQL["add_comment"], *_kept(issue, one, now))


def _kept(issue: UUID, one: Comment, now: datetime) -> tuple[object, ...]:
    text = (one.text or "").replace("\0", "")[:_LONGEST]
    author = (one.created_by.display or "").replace("\0", "")[:200]
    return (uuid7(now.timestamp()), issue, str(one.id)[:100], False, author, text, one.at or now)
