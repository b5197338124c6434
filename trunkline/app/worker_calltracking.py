"""The worker's part of call tracking: leased numbers, and what counts, reads and tells of advertising."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from calltracking.crawling.nights import run_crawls
from calltracking.exports.deliverer import ExportDeliverer
from calltracking.exports.gathering import run_exports
from calltracking.exports.sending import Sender
from calltracking.feeds.nights import run_feeds
from calltracking.feeds.wire import ANSWER_SECONDS, Wire
from calltracking.leases.following import run_leases_file
from calltracking.leases.serving import run_sweep
from calltracking.mailings.deliverer import MailingDeliverer
from calltracking.mailings.posting import run_mailings
from calltracking.planner.watch import run_pool_watch
from calltracking.results.rolling import run_roll_up
from trunkline.app.worker_part import House, Part, Tasks
from trunkline.jobs.house import WorkerServices
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@asynccontextmanager
async def open_calltracking(house: House) -> AsyncIterator[Part]:
    """Reaches only the world: none of the systems of advertising stands in our network."""
    services = house.services
    settings, pool, world = services.settings, services.pool, AddressRules(())
    async with (
        webhook_session(world) as told,
        webhook_session(world, answer_seconds=ANSWER_SECONDS) as read,
    ):
        sender = Sender(told)
        yield Part(
            {**_leasing(house), **_advertising(services, house.redis, sender, Wire(read))},
            (
                ExportDeliverer(pool, settings.secret_box(), sender, settings.public_url),
                MailingDeliverer(pool, settings.mail, settings.public_url, settings.web, services.translations),
            ),
        )


def _leasing(house: House) -> Tasks:
    """Numbers held for visitors."""
    services = house.services
    return {
        "leases": partial(run_sweep, services.pool),
        "leases file": partial(run_leases_file, services.pool, services.settings.data_dir / "directory"),
        "pools": partial(run_pool_watch, services),
    }


def _advertising(services: WorkerServices, redis: Redis, sender: Sender, wire: Wire) -> Tasks:
    """What counts, reads and tells of advertising."""
    settings, pool = services.settings, services.pool
    box, zone = settings.secret_box(), ZoneInfo(settings.web.timezone)
    return {
        "channel reports": partial(run_roll_up, pool, settings.web.timezone),
        "exports": partial(run_exports, pool, redis, box, sender, zone),
        "cost feeds": partial(run_feeds, pool, redis, box, wire, zone),
        "mailings": partial(run_mailings, pool, redis, settings.mail, zone),
        "crawls": partial(run_crawls, pool, redis, zone),
    }
