"""The worker's part of recordings: the jobs that take long, and who hears of what came of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from uuid import UUID

from crm_sync.chat2desk.telling import ChatNews
from crm_sync.records import RecordNews
from recordings.analyses import ANALYSE
from recordings.analysing import Analysing
from recordings.copying import Copies
from recordings.dictionaries import RETAG
from recordings.expiring import run_expiry
from recordings.fetching import SETTING, Links
from recordings.finding import GO_ON
from recordings.handing_on import HandingOn
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
from trunkline.app.worker_part import House, Part
from trunkline.db.types import Connection
from trunkline.jobs.house import WorkerServices
from trunkline.jobs.port import JobKind, JobPolicy
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.links import HostedLinks
from trunkline.recorded.port import Settled
from trunkline.webhooks.address import AddressRules

_PATIENT = JobPolicy(max_attempts=1000, first_delay=5.0, longest_delay=300.0)
"""Recordings count what is their own fault themselves; a full disk or a lost store is waited out, for days."""


@asynccontextmanager
async def open_recordings(house: House) -> AsyncIterator[Part]:
    """Fetches, writes down, analyses, watches and expires them."""
    services = house.services
    rules = AddressRules(services.settings.web.recording_private_addresses, SETTING)
    async with (
        Prober() as prober,
        Transcriber(services.settings.recordings.text_at_once) as transcriber,
        hosted_api(rules) as api,
    ):
        hosted = HostedLinks(api, services.settings.secret_box())
        yield Part(
            {
                "recordings watch": partial(run_recordings_watch, services),
                "recordings expiry": partial(run_expiry, services),
            },
            jobs=_job_kinds(services, prober, transcriber, hosted),
        )


def recorded_of(services: WorkerServices) -> HandingOn:
    """Recordings, as CRMs are told of them."""
    settings = services.settings
    vault, workshop, box = vault_of(settings), settings.data_dir / "workshop", settings.secret_box()

    def address_of(link: Link) -> str:
        return f"{settings.sites_url}/r/{signed(box, link.id, link.until)}"

    outside = address_of if settings.server.sites_url else None
    return HandingOn(services.pool, vault, Copies(services.pool, vault, workshop), workshop, outside)


def _settled(services: WorkerServices) -> Settled:
    """Who hears that a recording came as far as it comes."""
    recorded = recorded_of(services)
    crms, chats = RecordNews(recorded), ChatNews(recorded)

    async def settled(connection: Connection, call_id: UUID) -> None:
        await crms.settled(connection, call_id)
        await chats.settled(connection, call_id)

    return settled


def _job_kinds(
    services: WorkerServices, prober: Prober, transcriber: Transcriber, hosted: HostedLinks
) -> list[JobKind]:
    """Work that takes long."""
    settings, pool = services.settings, services.pool
    jobs = PgQueuerJobs(pool, services.redis)
    vault, workshop = vault_of(settings), settings.data_dir / "workshop"
    rules = tuple(map(Rule.read, settings.recordings.text))
    links = Links(settings.web.recording_private_addresses, settings.recordings.upload_mb)
    linked = Linked(pool, links, settings.secret_box(), prober, workshop, hosted)
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
