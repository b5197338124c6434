"""What is due becomes letters in the outbox: a moment's letters and the word that it is handled in one transaction."""

import asyncio
from datetime import UTC, datetime
from typing import Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from redis.asyncio import Redis

from calltracking.mailings.store import SQL
from calltracking.schedule import Every, Schedule
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.settings import Mail
from trunkline.writer import DATABASE_TROUBLE

KIND: Final = "report.email"
TICK_SECONDS: Final = 30.0

_log = get_logger(__name__)


class DueLetter(msgspec.Struct, frozen=True):
    """A letter in the outbox; days from `first` up to the one before `after`. Its figures are read when it goes."""

    view: str
    person: str
    due: str
    first: str
    after: str


async def run_mailings(pool: Pool, redis: Redis, mail: Mail, zone: ZoneInfo) -> NoReturn:
    """For ever."""
    while True:
        try:
            await post_due(pool, redis, mail, zone, datetime.now(UTC))
        except DATABASE_TROUBLE as error:
            _log.warning("mailings_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(TICK_SECONDS)


async def post_due(pool: Pool, redis: Redis | None, mail: Mail, zone: ZoneInfo, now: datetime) -> int:
    """Append a letter to each receiver of what is due, where there is a mail server; how many those were.

    Of moments that passed meanwhile the latest alone is due.
    """
    if not mail.host:
        return 0
    async with pool.acquire() as connection, connection.transaction():
        events: list[NewEvent] = []
        people: dict[UUID, list[UUID]] = {}
        claimed = await connection.fetch(SQL["claim"], now)
        for row in await connection.fetch(SQL["addressed"], [row["view_id"] for row in claimed]):
            people.setdefault(row["view_id"], []).append(row["person_id"])
        for row in claimed:
            schedule = Schedule(Every(row["every"]), row["day"], row["hour"])
            due = schedule.latest(now, zone)
            if due > row["handled_at"]:  # else the company's zone was changed in the meantime
                days = schedule.finished(due, zone)
                told = due.isoformat(), days.first.isoformat(), days.after.isoformat()
                events += [_letter(str(row["view_id"]), str(one), *told) for one in people.get(row["view_id"], ())]
            handled = max(due, row["handled_at"])
            await connection.execute(SQL["handled"], row["view_id"], handled, schedule.following(now, zone))
        await append_many(connection, events)
    if events:
        await wake(redis, OUTBOX_WAKE)
    return len(events)


def _letter(view: str, person: str, due: str, first: str, after: str) -> NewEvent:
    letter = DueLetter(view, person, due, first, after)
    return NewEvent(f"report-mail:{person}", KIND, f"report:{view}:{person}:{due}", msgspec.to_builtins(letter))
