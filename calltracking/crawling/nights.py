"""Reads each site once a night, and at once when somebody asks for it; one of several nodes at a time reads a site."""

import asyncio
from datetime import UTC, datetime
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from calltracking.crawling.crawl import Crawled, crawl
from calltracking.crawling.fetching import Fetcher, crawling
from calltracking.crawling.reach import USUAL, Limits
from calltracking.crawling.store import claim, keep
from calltracking.schedule import Every, Schedule
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.webhooks.address import AddressRules
from trunkline.writer import DATABASE_TROUBLE

NIGHT: Final = Schedule(Every.DAY, 0, 3)
TICK_SECONDS: Final = 15.0

_log = get_logger(__name__)


async def run_crawls(pool: Pool, redis: Redis, zone: ZoneInfo) -> NoReturn:
    """For ever. Only the world: what stands in our network is no site of visitors."""
    while True:
        try:
            async with crawling(AddressRules(())) as fetcher:
                while await crawl_due(pool, redis, zone, fetcher):
                    pass
        except DATABASE_TROUBLE as error:
            _log.warning("crawls_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(TICK_SECONDS)


async def crawl_due(
    pool: Pool,
    redis: Redis | None,
    zone: ZoneInfo,
    fetcher: Fetcher,
    limits: Limits = USUAL,
) -> bool:
    """Read the one site that is due longest; False where none is."""
    began = datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        due = await claim(connection, began, NIGHT.following(began, zone))
    if due is None:
        return False
    try:
        crawled = await crawl(due.hosts, fetcher, limits)
    except Exception:  # one site must not keep the others from being read
        _log.exception("crawl_broke", site=str(due.site))
        crawled = Crawled(unread=1, fault="work")
    now = datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        await keep(connection, due, crawled, now.astimezone(zone).date(), now, NIGHT.following(now, zone))
    _log.info("site_read", site=str(due.site), pages=crawled.pages, unread=crawled.unread, cut=crawled.cut)
    await wake(redis, OUTBOX_WAKE)
    return True
