"""The engine put together for the web process: its context on the public application, and the sweep of the worker."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from calltracking.leases.answering import Engine
from calltracking.leases.granting import Granter
from calltracking.leases.ids import IdMaker
from calltracking.leases.proposals import RowProposals, ValkeyProposals, utc
from calltracking.leases.public import engine_key, new_buckets, requests_key
from calltracking.sites.reading import KeptCatalogue
from trunkline.background import running
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.geo.file import GeoFile
from trunkline.geo.place import nowhere
from trunkline.keys import pool_key, redis_key, settings_key, spool_key
from trunkline.settings import Settings

_SQL: Final = load_queries("calltracking.leases")
_SWEEP_SECONDS: Final = 5.0
_MOST: Final = 1000


async def leases_context(app: web.Application) -> AsyncIterator[None]:
    """Serve visitors while the application lives; it stands on the database, Valkey and a spool."""
    pool = app[pool_key]
    zone = ZoneInfo(app[settings_key].web.timezone)
    catalogue = KeptCatalogue(pool, lambda: datetime.now(zone))
    proposals = ValkeyProposals(app[redis_key], RowProposals(pool))
    granter = Granter(pool, proposals, time.time)
    geo = await _geo(app[settings_key])
    places = geo.place if geo else nowhere
    ids = IdMaker(app[settings_key].secret_key())
    app[engine_key] = Engine(catalogue, granter, ids, app[spool_key], places=places)
    app[requests_key] = new_buckets()
    followed = {"geo": geo.follow} if geo else {}
    async with running({"sites": catalogue.follow, "leases": granter.run, **followed}):
        yield


async def _geo(settings: Settings) -> GeoFile | None:
    """The file of visitors' places, looked at once; None where none is set."""
    if not settings.geo.file:
        return None
    geo = GeoFile(Path(settings.geo.file), settings.data_dir, settings.web.language)
    await asyncio.to_thread(geo.refresh)
    return geo


async def run_sweep(pool: Pool) -> None:
    """Move what is over to the history, for ever."""
    while True:
        async with pool.acquire() as connection:
            moved = await sweep(connection, utc(time.time()))
        await asyncio.sleep(0 if moved == _MOST else _SWEEP_SECONDS)


async def sweep(connection: Connection, at: datetime) -> int:
    """Move leases whose hold ended before `at`; returns how many of a batch."""
    return int(await connection.fetchval(_SQL["sweep"], at, _MOST))
