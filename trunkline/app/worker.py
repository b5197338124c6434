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
