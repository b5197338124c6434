"""The process `worker`: stores what was accepted, keeps the directory level, delivers the outbox, does the jobs."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import asyncpg

from trunkline.app.worker_calltracking import open_calltracking
from trunkline.app.worker_crms import open_connectors
from trunkline.app.worker_followers import open_followers
from trunkline.app.worker_messages import open_messages
from trunkline.app.worker_part import House, Opening, Part, Tasks
from trunkline.app.worker_recordings import open_recordings
from trunkline.app.worker_spool import open_spool
from trunkline.app.worker_subscriptions import open_subscriptions
from trunkline.background import running
from trunkline.db.connection import SoundConnection
from trunkline.db.hosts import connect
from trunkline.db.migrate import pending
from trunkline.db.pool import prepare_connection
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.jobs.house import WorkerServices, worker_tasks
from trunkline.log import get_logger
from trunkline.servers import database_url, valkey
from trunkline.settings import Settings
from trunkline.web.i18n import Translations

log = get_logger(__name__)

# Parts whose words appear in mail, and in CRMs.
TRANSLATED = (
    "trunkline.web",
    "trunkline.alarms",
    "trunkline.outbox",
    "trunkline.calls",
    "trunkline.card",
    "trunkline.visits",
    "trunkline.mailboxes",
    "trunkline.notices",
    "trunkline.messages",
    "trunkline.pbx.hooks",
    "trunkline.reports",
    "calltracking.results",
    "calltracking.mailings",
    "calltracking.crawling",
    "calltracking.feeds",
    "calltracking.planner",
    "trunkline.dialing",
    "crm_sync",
)
PARTS: Final[Sequence[Opening]] = (
    open_spool,
    open_followers,
    open_calltracking,
    open_recordings,
    open_messages,
    open_connectors,
    open_subscriptions,
)
_RETRY_SECONDS = 0.5


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop`."""
    async with AsyncExitStack() as stack:
        redis = valkey(settings)
        stack.push_async_callback(redis.aclose)
        pool = await stack.enter_async_context(_pool_of(settings))
        if not await _until_migrated(pool, stop):
            return
        services = WorkerServices(settings, pool, redis, Translations(TRANSLATED))
        directory = Directory.open(settings.data_dir / "directory")
        stack.callback(directory.close)
        house = House(services, redis, directory)
        parts = [await stack.enter_async_context(opening(house)) for opening in PARTS]
        async with running(_tasks_of(services, parts)):
            await stop.wait()


def _tasks_of(services: WorkerServices, parts: Sequence[Part]) -> Tasks:
    """All that runs: the parts' own tasks, and the house's with what the parts deliver and the jobs they do."""
    deliverers = [one for part in parts for one in part.deliverers]
    jobs = [one for part in parts for one in part.jobs]
    tasks = {name: work for part in parts for name, work in part.tasks.items()}
    return {**tasks, **worker_tasks(services, deliverers, jobs)}


def _pool_of(settings: Settings) -> asyncpg.Pool:
    """With no connection at first, so that the process also starts while PostgreSQL is away."""
    return asyncpg.create_pool(
        database_url(settings),
        min_size=0,
        max_size=settings.database.pool_size,
        connect=connect,
        init=prepare_connection,
        connection_class=SoundConnection,
        server_settings={"application_name": "trunkline-worker"},
    )


async def _until_migrated(pool: Pool, stop: asyncio.Event) -> bool:
    """Wait for a database of this version; what is accepted meanwhile waits in the spool. False when told to stop."""
    while not stop.is_set():
        try:
            async with pool.acquire() as connection:
                if not await pending(connection):
                    return True
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("database_unreachable", error=str(error) or type(error).__name__)
        await asyncio.sleep(_RETRY_SECONDS)
    return False
