"""What the worker process runs besides the spool: deliveries, jobs of the clock, the watchdog and the disk guard."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
from redis.asyncio import Redis

from trunkline.alarms import alarm
from trunkline.alarms.alarm import AlarmBell, Severity, clear_alarm, raise_alarm
from trunkline.alarms.mail import MailDeliverer
from trunkline.calls.agents import sweep_agents
from trunkline.calls.waits import sweep_waits
from trunkline.control.store import prune_orders, settle_orders
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Connection
from trunkline.dialing.callbacks_store import prune_callbacks
from trunkline.dialing.store import prune_dials, settle_dials
from trunkline.diskguard import TICK_SECONDS, DiskGuard
from trunkline.jobs.port import JobKind
from trunkline.jobs.queue import PgQueuerJobs, prune_jobs
from trunkline.lines.holding_store import sync_operators
from trunkline.lines.store import end_quarantines
from trunkline.messages.pruning import prune_messages
from trunkline.missed.aging import age_entries
from trunkline.notices.mail import NoticeMail, post_notices
from trunkline.notices.store import prune_notices
from trunkline.outbox import upkeep
from trunkline.outbox.classify import ErrorClass
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.worker import OutboxWorker
from trunkline.reports.rollup import roll_up
from trunkline.settings import Settings
from trunkline.spam.upkeep import renew as renew_spam
from trunkline.visits.fetch import Fetcher
from trunkline.visits.refresh import Refresher
from trunkline.web.i18n import Translations, mark
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import WebhookDeliverer, webhook_session

_WATCH_SECONDS = 15.0
_LATE_SECONDS = 300.0

_NEEDS_AUTH = mark("%(account)s wants a new sign-in: %(reason)s")
_BLOCKED = mark("%(account)s refuses us: %(reason)s")
_LATE = mark("Deliveries are late: the oldest waits for %(seconds)s s")
_GIVEN_UP = mark("%(letters)s deliveries were given up and wait for a decision")


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """What the worker's parts are built from."""

    settings: Settings
    pool: asyncpg.Pool
    redis: Redis | None
    translations: Translations


def worker_tasks(
    services: WorkerServices, deliverers: Iterable[Deliverer] = (), kinds: Iterable[JobKind] = ()
) -> dict[str, Callable[[], Awaitable[None]]]:
    """Tasks for `trunkline.background.running`; features add their `deliverers` and job `kinds`."""
    more_deliverers, more_kinds = tuple(deliverers), tuple(kinds)
    return {
        "outbox": lambda: run_outbox(services, more_deliverers),
        "jobs": lambda: run_worker_jobs(services, more_kinds),
        "watchdog": lambda: run_watchdog(services),
        "disk guard": lambda: run_disk_guard(services),
    }


async def run_outbox(services: WorkerServices, deliverers: Iterable[Deliverer] = ()) -> None:
    """Deliver mail, webhooks and what `deliverers` deliver, until cancelled."""
    settings = services.settings
    rules = AddressRules(settings.web.webhook_private_addresses)
    link = f"{settings.public_url}/settings/alarms"
    mail = MailDeliverer(settings.mail, link, lambda language: services.translations.spoken(language).gettext)
    async with webhook_session(rules) as session:
        webhooks = WebhookDeliverer(services.pool, settings.secret_box(), session, rules)
        told = NoticeMail(settings.mail, settings.public_url, settings.web, services.translations)
        everybody: list[Deliverer] = [mail, told, webhooks, *deliverers]
        await OutboxWorker(services.pool, services.redis, everybody, on_account=tell_account).run()


async def run_worker_jobs(services: WorkerServices, kinds: Iterable[JobKind] = ()) -> None:
    """Do jobs and run the clock's work on one of the machines, until cancelled."""
    jobs = PgQueuerJobs(services.pool, services.redis, kinds)
    await _partitions(services)
    for name, (cron, tick) in _CLOCK.items():
        jobs.schedule(name, cron, partial(tick, services))
    await jobs.worker()


async def _partitions(services: WorkerServices) -> None:
    async with services.pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())


async def _sweep(services: WorkerServices) -> None:
    await upkeep.sweep(services.pool)
    await settle_dials(services.pool)
    await settle_orders(services.pool)


async def _agents(services: WorkerServices) -> None:
    await sweep_agents(services.pool)
    await sweep_waits(services.pool)


async def _spam(services: WorkerServices) -> None:
    await renew_spam(services.pool)


async def _prune(services: WorkerServices) -> None:
    await upkeep.prune(services.pool)
    await prune_jobs(services.pool)
    await alarm.prune(services.pool)
    await prune_dials(services.pool)
    await prune_orders(services.pool)
    await prune_callbacks(services.pool)
    await prune_notices(services.pool, datetime.now(UTC))
    await prune_messages(services.pool, datetime.now(UTC))


async def _lines(services: WorkerServices) -> None:
    now = datetime.now(UTC)
    async with services.pool.acquire() as connection, connection.transaction():
        await end_quarantines(connection, now)
        await sync_operators(connection, now.astimezone(ZoneInfo(services.settings.web.timezone)).date())


async def _reports(services: WorkerServices) -> None:
    await roll_up(services.pool, services.settings.web.timezone)


async def _missed(services: WorkerServices) -> None:
    await age_entries(services.pool, ZoneInfo(services.settings.web.timezone), datetime.now(UTC))


async def _calendars(services: WorkerServices) -> None:
    settings = services.settings
    async with Fetcher(settings.web.calendar_private_addresses).open() as fetcher:
        await Refresher(services.pool, services.redis, settings.secret_box(), fetcher).refresh()


async def _notices(services: WorkerServices) -> None:
    await post_notices(services.pool, services.redis, services.settings.mail, datetime.now(UTC))


_CLOCK: Final[Mapping[str, tuple[str, Callable[[WorkerServices], Awaitable[None]]]]] = {
    "partitions": ("10 */6 * * *", _partitions),
    "outbox sweep": ("* * * * *", _sweep),
    "agents": ("17 * * * *", _agents),
    "missed": ("37 * * * *", _missed),
    "spam": ("40 2 * * *", _spam),
    "prune": ("20 3 * * *", _prune),
    "lines": ("7 * * * *", _lines),
    "notices": ("* * * * *", _notices),
    "calendars": ("* * * * *", _calendars),
    "reports": ("*/5 * * * *", _reports),
}
"""The clock's work by name: when it is due (cron, UTC), and what it is."""


async def run_watchdog(services: WorkerServices) -> None:
    """Show the outbox's and the alarms' figures; raise an alarm when deliveries are late or were given up."""
    bell = AlarmBell(services.pool, services.redis)
    while True:
        state = await upkeep.watch(services.pool)
        await alarm.count_open(services.pool)
        late = {"seconds": int(state.oldest_due)}
        await bell.set(state.oldest_due > _LATE_SECONDS, "outbox.late", Severity.CRITICAL, _LATE, late)
        await bell.set(state.dead > 0, "outbox.dead", Severity.WARNING, _GIVEN_UP, {"letters": state.dead})
        await asyncio.sleep(_WATCH_SECONDS)


async def run_disk_guard(services: WorkerServices) -> None:
    """Watch this node's disk."""
    bell, guard = AlarmBell(services.pool, services.redis), DiskGuard(services.settings)
    while True:
        await guard.tick(bell)
        await asyncio.sleep(TICK_SECONDS)


async def tell_account(connection: Connection, account: str, error: ErrorClass | None, reason: str | None) -> None:
    """Raise the alarm of an account that came to be held, or clear it."""
    key = f"outbox.account:{account}"
    if error is None:
        await clear_alarm(connection, key)
        return
    title = _NEEDS_AUTH if error is ErrorClass.AUTH else _BLOCKED
    await raise_alarm(connection, key, Severity.CRITICAL, title, {"account": account, "reason": reason})
