"""The process `worker`: stores what was accepted, keeps the directory level, delivers the outbox, does the jobs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from redis.asyncio import Redis

from calltracking.crawling.nights import run_crawls
from calltracking.explaining.follow import attribute_calls
from calltracking.explaining.homes import Homes
from calltracking.exports.deliverer import ExportDeliverer
from calltracking.exports.gathering import run_exports
from calltracking.exports.sending import Sender
from calltracking.feeds.nights import run_feeds
from calltracking.feeds.wire import ANSWER_SECONDS, Wire
from calltracking.forms.store import FormApplier
from calltracking.leases.applier import VisitApplier
from calltracking.leases.following import run_leases_file
from calltracking.leases.serving import run_sweep
from calltracking.mailings.deliverer import MailingDeliverer
from calltracking.mailings.posting import run_mailings
from calltracking.planner.watch import run_pool_watch
from calltracking.results.rolling import run_roll_up
from crm_sync.bitrix24.crm import Bitrix24
from crm_sync.bots.opening import open_bots
from crm_sync.bots.telling import follow_ends as bot_ends
from crm_sync.bots.telling import follow_seats as bot_seats
from crm_sync.chat2desk.opening import open_chat2desk
from crm_sync.chat2desk.telling import ChatNews
from crm_sync.doing import Doing
from crm_sync.filling import Filling
from crm_sync.generic.crm import Generic
from crm_sync.generic.lead_news import run_lead_news
from crm_sync.generic.pulling import Pulling
from crm_sync.google.asking import open_google
from crm_sync.google.syncing import Syncing
from crm_sync.heard import EventApplier
from crm_sync.onec.asking import Bases
from crm_sync.onec.crm import OneC
from crm_sync.onec.reading import Reading
from crm_sync.opening import Crms, open_crms
from crm_sync.port import HintReader
from crm_sync.pruning import run_pruning
from crm_sync.reconciling import Reconciling
from crm_sync.records import RecordNews
from crm_sync.telling import follow_ends, follow_seats
from crm_sync.tracker.opening import open_tracker
from recordings.analyses import ANALYSE
from recordings.analysing import Analysing
from recordings.copying import Copies
from recordings.dictionaries import RETAG
from recordings.expiring import run_expiry
from recordings.fetching import Links
from recordings.finding import GO_ON, follow_recordings
from recordings.handing_on import HandingOn
from recordings.link_giving import LinkGiver
from recordings.linked import Linked
from recordings.links import Link, signed
from recordings.pipeline import Pipeline
from recordings.policy import Rule
from recordings.prober import Prober
from recordings.references import FROM_LINK
from recordings.silencing import Silencer
from recordings.speech.transcriber import Transcriber
from recordings.vault import vault_of
from recordings.wanting import TRANSCRIBE
from recordings.watch import run_recordings_watch
from recordings.writing_down import WritingDown
from trunkline.app.fallback import run_fallback
from trunkline.background import running
from trunkline.callerid.choices import OutgoingApplier
from trunkline.callerid.geography import RegistryGeography
from trunkline.callerid.last_file import run_last_lines
from trunkline.calls.agents import Change
from trunkline.calls.announce import Announcement, News
from trunkline.calls.applier import CallApplier, Follow
from trunkline.calls.decisions import DecisionApplier
from trunkline.calls.follow import follow_calls
from trunkline.calls.unheard import run_unheard
from trunkline.chats.applier import ChatApplier
from trunkline.db.migrate import pending
from trunkline.db.pool import prepare_connection
from trunkline.db.types import Connection, Pool
from trunkline.dialing.engine import run_callbacks
from trunkline.directory.follow import run_directory
from trunkline.directory.reader import Directory
from trunkline.jobs.house import WorkerServices, worker_tasks
from trunkline.jobs.port import JobKind, JobPolicy, Jobs
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.leads.engine import run_leads
from trunkline.leads.orphans import run_orphans
from trunkline.leads.overlaps import run_overlaps
from trunkline.leads.rules import KeptLeadRules
from trunkline.log import get_logger
from trunkline.mailboxes.reading import MailReader
from trunkline.messages.letters import LetterDeliverer
from trunkline.messages.posting import run_messages
from trunkline.messages.rooms import RoomDeliverer
from trunkline.messages.stopping import WORDS, Stops
from trunkline.messages.store import talks_ended
from trunkline.missed.rules import KeptRules
from trunkline.numbering.subjects import zones_of
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.wake import publish, wake
from trunkline.pbx.asterisk.acting import MarkApplier
from trunkline.presence.applier import PresenceApplier
from trunkline.presence.legs import run_legs
from trunkline.processwatch import run_process_watch
from trunkline.recorded.port import Settled
from trunkline.servers import database_url, valkey
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, reading
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session
from trunkline.writer import Applier, Post, SpoolApplier

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
    "trunkline.reports",
    "calltracking.results",
    "calltracking.mailings",
    "calltracking.crawling",
    "calltracking.feeds",
    "calltracking.planner",
    "trunkline.dialing",
    "crm_sync",
)
Tasks = dict[str, Callable[[], Awaitable[None]]]
_RETRY_SECONDS = 0.5
_REGISTRY_SECONDS = 10.0
_PATIENT = JobPolicy(max_attempts=1000, first_delay=5.0, longest_delay=300.0)
"""Recordings count what is their own fault themselves; a full disk or a lost store is waited out, for days."""


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
        # Only the world: none of these systems stands in our network.
        sender = Sender(await stack.enter_async_context(webhook_session(AddressRules(()))))
        wire = Wire(await stack.enter_async_context(webhook_session(AddressRules(()), answer_seconds=ANSWER_SECONDS)))
        crms = await stack.enter_async_context(open_crms(pool, redis, settings))
        google = await stack.enter_async_context(open_google())
        rooms = await stack.enter_async_context(_open_rooms(services))
        bots = await stack.enter_async_context(open_bots(pool, redis, settings, services.translations, directory))
        tracker = await stack.enter_async_context(open_tracker(pool, settings))
        chat2desk = await stack.enter_async_context(
            open_chat2desk(pool, settings, _recorded(services), services.translations, _stops(services))
        )
        prober = await stack.enter_async_context(Prober())
        transcriber = await stack.enter_async_context(Transcriber(settings.recordings.text_at_once))
        async with running(
            {
                **_followers(services, redis, directory),
                **_advertising(services, redis, sender, wire),
                **_crms(services, redis, crms, directory),
                "google contacts": Syncing(pool, settings.secret_box(), google).run,
                "bots": bots.polling.run,
                "bots of leads": bots.following.run,
                "tracker": tracker.hearing.run,
                **worker_tasks(
                    services,
                    [*_deliverers(services, sender, crms), *bots.deliverers, rooms, tracker.deliverer, *chat2desk],
                    _job_kinds(services, prober, transcriber),
                ),
            }
        ):
            await stop.wait()


def _pool_of(settings: Settings) -> asyncpg.Pool:
    """With no connection at first, so that the process also starts while PostgreSQL is away."""
    return asyncpg.create_pool(
        database_url(settings),
        min_size=0,
        max_size=settings.database.pool_size,
        init=prepare_connection,
        server_settings={"application_name": "trunkline-worker"},
    )


@asynccontextmanager
async def _open_rooms(services: WorkerServices) -> AsyncIterator[RoomDeliverer]:
    """What tells rooms; one that stands in our network is reached where the settings name its address."""
    rules = AddressRules(services.settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        yield RoomDeliverer(services.pool, services.settings.secret_box(), session, rules)


def _followers(services: WorkerServices, redis: Redis, directory: Directory) -> Tasks:
    """What follows calls, people and leases."""
    settings, pool = services.settings, services.pool
    homes = Homes(lambda number: RegistryGeography(directory.view).subjects_of(number))
    appliers = _appliers(settings, pool, redis, homes, RecordNews(_recorded(services)), ChatNews(_recorded(services)))
    spool = SpoolApplier(pool, settings.node, settings.data_dir / "spool", appliers, partial(_tell, redis))
    return {
        "spool": spool.run,
        "unheard calls": partial(
            run_unheard, pool, settings.node, settings.data_dir / "spool", settings.limits.spool_mb << 20
        ),
        "registry": partial(_follow_registry, directory),
        "directory": partial(run_directory, settings),
        "last lines": partial(run_last_lines, pool, settings.data_dir / "directory"),
        "callbacks": partial(run_callbacks, pool, redis, settings.web.timezone),
        "leads": partial(run_leads, pool, redis, settings.web.timezone),
        "mailboxes": _mail_reader(services, redis).run,
        "orphans": partial(run_orphans, pool, redis),
        "messages": partial(run_messages, pool, redis, Reader(settings.web.language, ZoneInfo(settings.web.timezone))),
        "overlaps": partial(run_overlaps, pool, settings.web.timezone),
        "legs": partial(run_legs, pool, redis),
        "leases": partial(run_sweep, pool),
        "leases file": partial(run_leases_file, pool, settings.data_dir / "directory"),
        "process watch": partial(run_process_watch, services),
        "recordings watch": partial(run_recordings_watch, services),
        "recordings expiry": partial(run_expiry, services),
        "calls told": partial(run_pruning, pool),
        **({"fallback": partial(run_fallback, services)} if settings.fallback.directory else {}),
    }


def _mail_reader(services: WorkerServices, redis: Redis) -> MailReader:
    """What reads letters of clients."""
    settings = services.settings
    rules = AddressRules(settings.web.webhook_private_addresses)
    leads = KeptLeadRules(ZoneInfo(settings.web.timezone))
    return MailReader(services.pool, redis, settings.secret_box(), rules, leads)


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
        "pools": partial(run_pool_watch, services),
    }


def _crms(services: WorkerServices, redis: Redis, crms: Crms, directory: Directory) -> Tasks:
    """What CRMs ask for, and what is read of them."""
    web = services.settings.web

    def zone_of(number: str) -> str:
        zones = zones_of(directory.view.region(number))
        return zones[0].key if zones else web.timezone

    reader = Reader(web.language, ZoneInfo(web.timezone))
    bitrix24, generic = crms.of(Bitrix24), crms.of(Generic)
    doing = Doing(services.pool, redis, bitrix24.portals, zone_of, reader, services.translations)
    readers = crms.readers()
    hinted = {kind: one for kind, one in readers.items() if isinstance(one, HintReader)}
    filling = Filling(services.pool, readers, redis=redis, hinted=hinted)
    reconciling = Reconciling(services.pool, redis, crms.sources, reader.timezone)
    bases = Reading(services.pool, Bases(crms.of(OneC).reach), reader, services.translations)
    return {
        "crm events": doing.run,
        "crm upkeep": doing.keep_up,
        "crm pulling": Pulling(generic.receivers, generic.zone).run,
        "crm lead news": partial(run_lead_news, services.pool, redis),
        "1c bases": bases.run,
        "crm mirror": partial(_in_words, reader, services.translations, filling.run),
        "crm reconciliation": partial(_in_words, reader, services.translations, reconciling.run),
    }


async def _in_words(reader: Reader, translations: Translations, run: Callable[[], Awaitable[None]]) -> None:
    """What it keeps for people to read is in the company's language."""
    with reading(reader, translations):
        await run()


def _deliverers(services: WorkerServices, sender: Sender, crms: Crms) -> list[Deliverer]:
    """Who delivers what the house itself knows nothing of."""
    settings, pool = services.settings, services.pool
    return [
        ExportDeliverer(pool, settings.secret_box(), sender, settings.public_url),
        LetterDeliverer(pool, settings.mail, settings.public_url, _stops(services)),
        MailingDeliverer(pool, settings.mail, settings.public_url, settings.web, services.translations),
        *crms.deliverers,
        *crms.record_deliverers(_recorded(services), LinkGiver(settings.secret_box(), settings.sites_url)),
    ]


def _stops(services: WorkerServices) -> Stops:
    """The link in letters to clients by which they want no more."""
    settings = services.settings
    words = services.translations.spoken(settings.web.language).gettext(WORDS)
    return Stops(settings.secret_box(), settings.sites_url if settings.server.sites_url else "", words)


def _recorded(services: WorkerServices) -> HandingOn:
    """Recordings, as CRMs are told of them."""
    settings = services.settings
    vault, workshop, box = vault_of(settings), settings.data_dir / "workshop", settings.secret_box()

    def address_of(link: Link) -> str:
        return f"{settings.sites_url}/r/{signed(box, link.id, link.until)}"

    outside = address_of if settings.server.sites_url else None
    return HandingOn(services.pool, vault, Copies(services.pool, vault, workshop), workshop, outside)


def _settled(services: WorkerServices) -> Settled:
    """Who hears that a recording came as far as it comes."""
    recorded = _recorded(services)
    crms, chats = RecordNews(recorded), ChatNews(recorded)

    async def settled(connection: Connection, call_id: UUID) -> None:
        await crms.settled(connection, call_id)
        await chats.settled(connection, call_id)

    return settled


def _job_kinds(services: WorkerServices, prober: Prober, transcriber: Transcriber) -> list[JobKind]:
    """Work that takes long."""
    settings, pool = services.settings, services.pool
    jobs = PgQueuerJobs(pool, services.redis)
    vault, workshop = vault_of(settings), settings.data_dir / "workshop"
    rules = tuple(map(Rule.read, settings.recordings.text))
    links = Links(settings.web.recording_private_addresses, settings.recordings.upload_mb)
    linked = Linked(pool, links, settings.secret_box(), prober, workshop)
    settled = _settled(services)
    pipeline = Pipeline(pool, jobs, vault, prober, workshop, rules, linked, settled)
    model, at_once = settings.recordings.text_model, settings.recordings.text_at_once
    redacts = settings.recordings.redact
    writing = WritingDown(pool, vault, transcriber, settings.models_dir, model, workshop, jobs, redacts, settled)
    analysing = Analysing(pool, Silencer(pool, vault, workshop), redacts, settled)
    return [
        JobKind(GO_ON, pipeline.go_on, replace(_PATIENT, most_at_once=settings.recordings.files_at_once)),
        JobKind(FROM_LINK, pipeline.go_on, replace(_PATIENT, most_at_once=settings.recordings.files_at_once)),
        JobKind(TRANSCRIBE, writing.transcribe, replace(_PATIENT, most_at_once=at_once)),
        JobKind(ANALYSE, analysing.analyse, _PATIENT),
        JobKind(RETAG, analysing.retag, replace(_PATIENT, most_at_once=1)),
    ]


def _appliers(
    settings: Settings, pool: Pool, redis: Redis, homes: Homes, records: RecordNews, chats: ChatNews
) -> list[Applier]:
    """What turns spooled records into rows."""
    zone = ZoneInfo(settings.web.timezone)
    missed, leads = KeptRules(zone), KeptLeadRules(zone)
    follow = partial(follow_calls, missed=missed, leads=leads)
    return [
        CallApplier(partial(_follow, follow, zone, homes, PgQueuerJobs(pool, redis), records, chats), _follow_seats),
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


async def _follow_registry(directory: Directory) -> None:
    """Read the directory's newest file, for the regions of callers; they change with a registry, a few times a year."""
    while True:
        directory.refresh()
        await asyncio.sleep(_REGISTRY_SECONDS)


async def _tell(redis: Redis, topics: frozenset[str], posts: Sequence[Post]) -> None:
    """Screens first: somebody waits before them."""
    await publish(redis, [(post.channel, post.payload) for post in posts])
    await wake(redis, *topics)


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
