"""The worker's part of the spool: what was accepted becomes rows, and what follows from it in the same transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from calltracking.explaining.follow import attribute_calls
from calltracking.explaining.homes import Homes
from calltracking.forms.store import FormApplier
from calltracking.leases.applier import VisitApplier
from crm_sync.bots.telling import follow_ends as bot_ends
from crm_sync.bots.telling import follow_seats as bot_seats
from crm_sync.chat2desk.telling import ChatNews
from crm_sync.heard import EventApplier
from crm_sync.records import RecordNews
from crm_sync.telling import follow_ends, follow_seats
from recordings.fetching import SETTING
from recordings.finding import follow_recordings
from recordings.told import Hosted, follow_told
from trunkline.app.worker_part import House, Part
from trunkline.app.worker_recordings import recorded_of
from trunkline.callerid.choices import OutgoingApplier
from trunkline.callerid.geography import RegistryGeography
from trunkline.calls.agents import Change
from trunkline.calls.announce import Announcement, News
from trunkline.calls.applier import CallApplier
from trunkline.calls.decisions import DecisionApplier
from trunkline.calls.follow import follow_calls
from trunkline.calls.story import Follow
from trunkline.calls.unheard import run_unheard
from trunkline.chats.applier import ChatApplier
from trunkline.db.types import Connection, Pool
from trunkline.jobs.port import Jobs
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.leads.rules import KeptLeadRules
from trunkline.messages.store import talks_ended
from trunkline.missed.rules import KeptRules
from trunkline.outbox.wake import publish, wake
from trunkline.pbx.asterisk.acting import MarkApplier
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.poll import Poll
from trunkline.presence.applier import PresenceApplier
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules
from trunkline.writer import Applier, Post, SpoolApplier


@asynccontextmanager
async def open_spool(house: House) -> AsyncIterator[Part]:
    """Stores what was accepted, and tells screens and workers of it."""
    services, redis, directory = house
    settings, pool = services.settings, services.pool
    homes = Homes(lambda number: RegistryGeography(directory.view).subjects_of(number))
    recorded = recorded_of(services)
    appliers = _appliers(settings, pool, redis, homes, RecordNews(recorded), ChatNews(recorded))
    folder, most = settings.data_dir / "spool", settings.limits.spool_mb << 20
    spool = SpoolApplier(pool, settings.node, folder, appliers, partial(_tell, redis))
    async with hosted_api(AddressRules(settings.web.recording_private_addresses, SETTING)) as api:
        histories = Poll(pool, settings.secret_box(), api, folder, most, redis)
        unheard = partial(run_unheard, pool, settings.node, folder, most)
        yield Part({"spool": spool.run, "unheard calls": unheard, "histories": histories.run})


def _appliers(
    settings: Settings, pool: Pool, redis: Redis, homes: Homes, records: RecordNews, chats: ChatNews
) -> list[Applier]:
    """What turns spooled records into rows."""
    zone = ZoneInfo(settings.web.timezone)
    missed, leads = KeptRules(zone), KeptLeadRules(zone)
    follow = partial(follow_calls, missed=missed, leads=leads)
    jobs, box = PgQueuerJobs(pool, redis), settings.secret_box()

    async def recorded(connection: Connection, told: Hosted) -> frozenset[str]:
        return await follow_told(connection, jobs, box, told)

    return [
        CallApplier(partial(_follow, follow, zone, homes, jobs, records, chats), _follow_seats, recorded),
        DecisionApplier(missed, leads),
        OutgoingApplier(),
        MarkApplier(),
        PresenceApplier(),
        VisitApplier(redis, pool),
        FormApplier(leads),
        EventApplier(),
        ChatApplier(leads),
    ]


async def _follow(
    follow: Follow,
    zone: ZoneInfo,
    homes: Homes,
    jobs: Jobs,
    records: RecordNews,
    chats: ChatNews,
    connection: Connection,
    news: Sequence[Announcement],
) -> frozenset[str]:
    """What follows from news of calls, in the transaction of the steps that tell them."""
    told = await attribute_calls(connection, news, zone, homes)
    found = await follow_recordings(connection, jobs, news)
    crms = await follow_ends(connection, news) | await bot_ends(connection, news)
    await records.ended(connection, news)
    crms |= await chats.ended(connection, news)
    over = [one.call_id for one in news if one.news in {News.ENDED, News.CORRECTED}]
    await talks_ended(connection, over, datetime.now(UTC))
    return told | found | crms | await follow(connection, news)


async def _follow_seats(connection: Connection, changes: Sequence[Change]) -> frozenset[str]:
    """What follows from who came into a call, or left it, in the same transaction."""
    return await follow_seats(connection, changes) | await bot_seats(connection, changes)


async def _tell(redis: Redis, topics: frozenset[str], posts: Sequence[Post]) -> None:
    """Screens first: somebody waits before them."""
    await publish(redis, [(post.channel, post.payload) for post in posts])
    await wake(redis, *topics)
