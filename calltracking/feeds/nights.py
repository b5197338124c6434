"""Reads each source every night, and at once when somebody asks; one of several nodes at a time reads a source.

A source's days are read piece by piece; between two pieces, and while a report is being made there, nobody holds it.
What has come is written down, so that another node, or this one after a restart, goes on where it stopped.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import uuid4
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from calltracking.costs.cost import Cost
from calltracking.feeds.feed import Feed
from calltracking.feeds.reading import Later, read_piece
from calltracking.feeds.spent import Stretch, costs_of, days_to_read
from calltracking.feeds.store import HELD, claim, fail, keep_piece, keys_of, wait
from calltracking.feeds.trouble import PASSING, Trouble
from calltracking.feeds.wire import Wire
from calltracking.schedule import Every, Schedule
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.writer import DATABASE_TROUBLE

NIGHT: Final = Schedule(Every.DAY, 0, 5)
"""Yesterday is whole by then at both systems."""
TICK_SECONDS: Final = 15.0
PACE_SECONDS: Final = 0.5
"""Direct takes 20 requests in 10 seconds (`restrictions`)."""
_MOST_SECONDS: Final = HELD.total_seconds() - 60
_FIRST_PAUSE: Final = 60.0
_LONGEST_PAUSE: Final = 3600.0

_log = get_logger(__name__)


async def run_feeds(pool: Pool, redis: Redis, box: SecretBox, wire: Wire, zone: ZoneInfo) -> NoReturn:
    """For ever."""
    while True:
        was_read = False
        try:
            was_read = await read_due(pool, redis, box, wire, zone, datetime.now(UTC))
        except DATABASE_TROUBLE as error:
            _log.warning("cost_feeds_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(PACE_SECONDS if was_read else TICK_SECONDS)


async def read_due(pool: Pool, redis: Redis | None, box: SecretBox, wire: Wire, zone: ZoneInfo, now: datetime) -> bool:
    """Read a piece of the one source that is due longest; False where none is."""
    async with pool.acquire() as connection, connection.transaction():
        feed = await claim(connection, now)
    if feed is None:
        return False
    days = days_to_read(feed, now.astimezone(zone).date())
    report = feed.report or f"Trunkline {uuid4().hex}"
    found: list[Cost] | Later | Trouble
    try:
        found = [] if days.is_empty else await _asked(pool, box, wire, feed, report, days, now)
    except Trouble as trouble:
        found = trouble
    except DATABASE_TROUBLE:
        raise
    except Exception:  # one source must not keep the others from being read
        _log.exception("cost_feed_broke", feed=str(feed.id))
        found = Trouble("work")
    await _write(pool, feed, found, report, days, now, NIGHT.following(now, zone))
    await wake(redis, OUTBOX_WAKE)
    return True


async def _asked(
    pool: Pool, box: SecretBox, wire: Wire, feed: Feed, report: str, days: Stretch, now: datetime
) -> list[Cost] | Later:
    try:
        keys = await keys_of(pool, box, feed)
    except WrongKey as error:
        raise Trouble("key") from error
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            found = await read_piece(wire, feed, keys, report, days, now.timestamp())
            return found if isinstance(found, Later) else await asyncio.to_thread(costs_of, feed, found)
    except TimeoutError as error:
        raise Trouble("away", f"more than {_MOST_SECONDS:.0f} s") from error


async def _write(
    pool: Pool,
    feed: Feed,
    found: list[Cost] | Later | Trouble,
    report: str,
    days: Stretch,
    now: datetime,
    night: datetime,
) -> None:
    told = {"feed": str(feed.id), "since": days.first.isoformat(), "until": days.end.isoformat()}
    async with pool.acquire() as connection, connection.transaction():
        match found:
            case Later(seconds=seconds):
                await wait(connection, feed, report, now + timedelta(seconds=seconds), days, now)
            case Trouble(name=name, said=said):
                _log.warning("cost_feed_not_read", **told, trouble=name, said=said)
                await fail(connection, feed, found, _next_try(feed, found, now, night), days, now)
            case costs:
                if await keep_piece(connection, feed, costs, days, now, night):
                    _log.info("cost_feed_read", **told, rows=len(costs))


def _next_try(feed: Feed, trouble: Trouble, now: datetime, night: datetime) -> datetime:
    """In minutes, longer each time, where it may pass; else at night."""
    if trouble.name not in PASSING:
        return night
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(feed.tries, 10))
    return now + timedelta(seconds=max(pause, trouble.pause or 0.0))
