"""Alarms while recordings are neither kept nor explained, and while a machine cannot reach where they are kept.

Those that waited for their PBX's folder, or for how its provider is asked, go on; what a fault left of refused calls is
refused.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from recordings.absent import watch_absent
from recordings.analyses import take_up_analyses
from recordings.finding import GO_ON, refuse_left
from recordings.redactions import SQL as REDACTIONS
from recordings.references import FROM_LINK
from recordings.references import SQL as REFERENCES
from recordings.speech.models import usable
from recordings.stopping import LINKS
from recordings.store import SQL, late
from recordings.vault import Vault, vault_of
from recordings.wanting import take_up_texts
from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.db.types import Pool
from trunkline.jobs.house import WorkerServices
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.log import get_logger
from trunkline.web.i18n import mark
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

PATIENCE: Final = timedelta(minutes=15)
_TICK_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 20.0
_AT_ONCE: Final = 1000
_LATE: Final = mark("%(recordings)s recordings are neither kept nor explained; the oldest waits since %(since)s UTC")
_LOST: Final = mark("%(node)s cannot use %(place)s, where recordings are kept: %(why)s. They wait, and none is heard")

_UNLINKED: Final = mark(
    "%(recordings)s recordings that a provider has are not here, the oldest told of at %(since)s UTC;"
    " of %(pbx)s the last try said: %(why)s"
)
_MUTED: Final = mark("%(recordings)s recordings are held back: a card's number in them could not be silenced")


async def run_recordings_watch(services: WorkerServices) -> NoReturn:
    """For ever."""
    bell, vault = AlarmBell(services.pool, services.redis), vault_of(services.settings)
    while True:
        try:
            await take_up(services)
            await refuse_left(services.pool, PgQueuerJobs(services.pool, services.redis), _AT_ONCE)
            await watch(bell, services)
            await watch_absent(bell, services.pool, datetime.now(UTC), PATIENCE)
            await watch_links(bell, services.pool, datetime.now(UTC))
            await watch_store(bell, services, vault)
            await watch_muted(bell, services.pool)
            await take_up_texts_of(services)
            await take_up_analyses_of(services)
        except (*DATABASE_TROUBLE, OSError) as error:  # the folder of models may be nobody's to read
            log.warning("recordings_watch_waits", error=str(error) or type(error).__name__)
        await asyncio.sleep(_TICK_SECONDS)


async def take_up(services: WorkerServices, most: int = _AT_ONCE) -> int:
    """Go on with those of which it is known now where they are had, `most` of them; returns how many."""
    jobs = PgQueuerJobs(services.pool, services.redis)
    async with services.pool.acquire() as connection, connection.transaction():
        waiting = await connection.fetch(SQL["unsourced"], most)
        for row in waiting:
            await jobs.enqueue(connection, FROM_LINK if row["sent"] else GO_ON, row["id"].bytes, once=str(row["id"]))
    return len(waiting)


async def take_up_texts_of(services: WorkerServices) -> int:
    """Go on with texts that waited for a model, once there is one; returns how many."""
    settings = services.settings
    if await asyncio.to_thread(usable, settings.models_dir, settings.recordings.text_model) is None:
        return 0
    async with services.pool.acquire() as connection, connection.transaction():
        return await take_up_texts(connection, PgQueuerJobs(services.pool, services.redis))


async def take_up_analyses_of(services: WorkerServices, most: int = _AT_ONCE) -> int:
    """Go on with texts that were made before there was an analysis, `most` of them; returns how many."""
    async with services.pool.acquire() as connection, connection.transaction():
        return await take_up_analyses(connection, PgQueuerJobs(services.pool, services.redis), most)


async def watch_muted(bell: AlarmBell, pool: Pool) -> None:
    """Look for recordings that nobody may hear, since what is hidden in them could not be silenced."""
    async with pool.acquire() as connection:
        muted = await connection.fetchval(REDACTIONS["count_muted"])
    if muted:
        await bell.raise_("recordings.muted", Severity.WARNING, _MUTED, {"recordings": muted})
    else:
        await bell.clear("recordings.muted")


async def watch(bell: AlarmBell, services: WorkerServices) -> None:
    """Look once; an open alarm tells the number of today."""
    async with services.pool.acquire() as connection:
        found = await late(connection, datetime.now(UTC) - PATIENCE)
    since = f"{found.oldest:%Y-%m-%d %H:%M}" if found.oldest else ""
    facts = {"recordings": found.recordings, "since": since}
    if found.recordings:
        await bell.raise_("recordings.late", Severity.WARNING, _LATE, facts)
    else:
        await bell.clear("recordings.late")


async def watch_links(bell: AlarmBell, pool: Pool, now: datetime) -> None:
    """Look for what providers have and could not be fetched for a quarter of an hour, while it is still asked for."""
    async with pool.acquire() as connection:
        found = await connection.fetchrow(REFERENCES["overdue"], now - PATIENCE, now - LINKS[-1][0])
    assert found is not None
    if found["recordings"]:
        since = f"{found['oldest']:%Y-%m-%d %H:%M}"
        facts = {"recordings": found["recordings"], "pbx": found["pbx"], "since": since, "why": found["told"]}
        await bell.raise_("recordings.links", Severity.WARNING, _UNLINKED, facts)
    else:
        await bell.clear("recordings.links")


async def watch_store(bell: AlarmBell, services: WorkerServices, vault: Vault) -> None:
    """Look once at where recordings are kept, from this machine."""
    node, place = services.settings.node, services.settings.recordings_place
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            await vault.look()
    except OSError as error:
        facts = {"node": node, "place": place, "why": str(error) or f"no answer within {_LOOK_SECONDS:g} s"}
        await bell.raise_(f"recordings.store:{node}", Severity.CRITICAL, _LOST, facts)
    else:
        await bell.clear(f"recordings.store:{node}")
