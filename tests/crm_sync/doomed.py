"""What the doomed children do: a worker that tells the portal in the test's process of calls and recordings, does what
it asks, and reads it.
"""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from crm_sync.amocrm.account import Accounts
from crm_sync.amocrm.crm import Amocrm
from crm_sync.amocrm.mirroring import AmoMirroring
from crm_sync.amocrm.recordings import AmocrmRecordDeliverer
from crm_sync.amocrm.tokens import Keys as AmoKeys
from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.mirroring import Mirroring
from crm_sync.bitrix24.portal import Portals
from crm_sync.bitrix24.recordings import RecordDeliverer
from crm_sync.bitrix24.tokens import Keys
from crm_sync.doing import Doing
from crm_sync.filling import Filling
from crm_sync.port import Reach
from crm_sync.records import RecordNews
from recordings.analysing import Analysing
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.silencing import Silencer
from tests.crm_sync.office import ENGLISH, NOW, samara
from tests.crm_sync.onec_read import reading_of
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.recorder import handing_on
from tests.crm_sync.scene import BOX, LOOPBACK
from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.outbox.gate import Gate
from trunkline.outbox.shared import SharedState
from trunkline.outbox.worker import OutboxWorker
from trunkline.web.i18n import Translations
from trunkline.webhooks.deliverer import webhook_session


async def drain(database_url: str, now: str, folder: str = "/nothing") -> None:
    """Deliver all that is due, at the portal's time `now`, recordings from `folder`."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        keys = Keys(pool, BOX, session, LOOPBACK, clock)
        portals = Portals(keys, session, LOOPBACK, clock)
        records = RecordDeliverer(pool, portals, handing_on(pool, Path(folder)))
        await OutboxWorker(pool, None, [Bitrix24Deliverer(pool, portals), records], clock=clock).drain()


async def drain_amo(database_url: str, now: str, redirect: str) -> None:
    """The same for an amoCRM account."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        keys = AmoKeys(Reach(pool, None, BOX, session, LOOPBACK, lambda _: redirect, lambda _: None, clock))
        crm = Amocrm(Accounts(keys.reach, keys, sleep=_no_time))
        await OutboxWorker(pool, None, crm.deliverers, clock=clock).drain()


async def _no_time(_seconds: float) -> None:
    raise AssertionError("one call does not reach the limit")


async def read_1c(database_url: str, now: str) -> None:
    """Turns until there is no more, at the base's time `now`."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=2) as pool, webhook_session(LOOPBACK) as session:
        reading = reading_of(pool, session, clock)
        while await reading.one_round():
            pass


async def do(database_url: str, now: str) -> None:
    """Dial what was clicked; the people of the portal are known."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        portals = Portals(Keys(pool, BOX, session, LOOPBACK, clock), session, LOOPBACK, clock)
        await Doing(pool, None, portals, samara, ENGLISH, Translations(("crm_sync",)), SecretBox(bytes(32))).one_round(
            NOW
        )


async def go_on(database_url: str, folder: str, identifier: str) -> None:
    """All stages of a recording that gets no text."""
    async with open_pool(database_url, size=2) as pool, Prober() as prober:
        recorded, jobs = handing_on(pool, Path(folder)), PgQueuerJobs(pool, None)
        settled = RecordNews(recorded).settled
        pipeline = Pipeline(pool, jobs, recorded.vault, prober, recorded.workshop, settled=settled)
        await pipeline.go_on(UUID(identifier).bytes)


async def analyse(database_url: str, folder: str, identifier: str) -> None:
    """What its text says, out of its sound."""
    async with open_pool(database_url, size=2) as pool:
        recorded = handing_on(pool, Path(folder))
        silencer = Silencer(pool, recorded.vault, recorded.workshop)
        await Analysing(pool, silencer, settled=RecordNews(recorded).settled).analyse(UUID(identifier).bytes)


async def fill(database_url: str, now: str) -> None:
    """Read the portal into the mirror, as the process that has taken over does; waiting is what moves the clock."""
    clock = Hand(float(now))

    async def wait(seconds: float) -> None:
        clock.at += seconds

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        portals = Portals(Keys(pool, BOX, session, LOOPBACK, clock), session, LOOPBACK, clock)
        scan = Scan(portals, Gate(SharedState(None, clock), clock), wait)
        await Filling(pool, {"bitrix24": Mirroring(pool, scan)}, clock).one_round()


async def fill_amo(database_url: str, now: str, redirect: str) -> None:
    """The same for an amoCRM account."""
    clock = Hand(float(now))

    async def wait(seconds: float) -> None:
        clock.at += seconds

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        keys = AmoKeys(Reach(pool, None, BOX, session, LOOPBACK, lambda _: redirect, lambda _: None, clock))
        await Filling(pool, {"amocrm": AmoMirroring(Accounts(keys.reach, keys, sleep=wait))}, clock).one_round()


async def drain_links(database_url: str, now: str, redirect: str, folder: str) -> None:
    """Write links to recordings in `folder` into an account's notes."""

    def clock() -> float:
        return float(now)

    async with open_pool(database_url, size=4) as pool, webhook_session(LOOPBACK) as session:
        keys = AmoKeys(Reach(pool, None, BOX, session, LOOPBACK, lambda _: redirect, lambda _: None, clock))
        recorded = replace(handing_on(pool, Path(folder)), address_of=lambda link: f"https://x/r/{link.id}")
        deliverer = AmocrmRecordDeliverer(Accounts(keys.reach, keys, sleep=_no_time), recorded)
        await OutboxWorker(pool, None, [deliverer], clock=clock).drain()
