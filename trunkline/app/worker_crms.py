"""The worker's part of CRMs, messengers and trackers: what they ask for, what is read of them, who tells them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from crm_sync.bitrix24.crm import Bitrix24
from crm_sync.bots.opening import open_bots
from crm_sync.chat2desk.opening import open_chat2desk
from crm_sync.doing import Doing
from crm_sync.filling import Filling
from crm_sync.generic.crm import Generic
from crm_sync.generic.lead_news import run_lead_news
from crm_sync.generic.pulling import Pulling
from crm_sync.google.asking import open_google
from crm_sync.google.syncing import Syncing
from crm_sync.onec.asking import Bases
from crm_sync.onec.crm import OneC
from crm_sync.onec.reading import Reading
from crm_sync.opening import Crms, open_crms
from crm_sync.port import HintReader
from crm_sync.pruning import run_pruning
from crm_sync.reconciling import Reconciling
from crm_sync.tracker.opening import open_tracker
from recordings.link_giving import LinkGiver
from trunkline.app.worker_messages import stops_of
from trunkline.app.worker_part import House, Part, Tasks
from trunkline.app.worker_recordings import recorded_of
from trunkline.directory.reader import Directory
from trunkline.jobs.house import WorkerServices
from trunkline.numbering.subjects import zones_of
from trunkline.web.i18n import Reader, Translations, reading


@asynccontextmanager
async def open_connectors(house: House) -> AsyncIterator[Part]:
    """All of them; each opens what it keeps of the network."""
    services, redis, directory = house
    settings, pool, translations = services.settings, services.pool, services.translations
    links = LinkGiver(settings.secret_box(), settings.sites_url)
    async with (
        open_crms(pool, redis, settings) as crms,
        open_google() as google,
        open_bots(pool, redis, settings, translations, directory) as bots,
        open_tracker(pool, settings) as tracker,
        open_chat2desk(pool, settings, recorded_of(services), translations, stops_of(services)) as chat2desk,
    ):
        yield Part(
            {
                **_crms(services, redis, crms, directory),
                "calls told": partial(run_pruning, pool),
                "google contacts": Syncing(pool, settings.secret_box(), google).run,
                "bots": bots.polling.run,
                "bots of leads": bots.following.run,
                "tracker": tracker.hearing.run,
            },
            (
                *crms.deliverers,
                *crms.record_deliverers(recorded_of(services), links),
                *bots.deliverers,
                tracker.deliverer,
                *chat2desk,
            ),
        )


def _crms(services: WorkerServices, redis: Redis, crms: Crms, directory: Directory) -> Tasks:
    """What CRMs ask for, and what is read of them."""
    web = services.settings.web

    def zone_of(number: str) -> str:
        zones = zones_of(directory.view.region(number))
        return zones[0].key if zones else web.timezone

    reader = Reader(web.language, ZoneInfo(web.timezone))
    bitrix24, generic, box = crms.of(Bitrix24), crms.of(Generic), services.settings.secret_box()
    doing = Doing(services.pool, redis, bitrix24.portals, zone_of, reader, services.translations, box)
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
