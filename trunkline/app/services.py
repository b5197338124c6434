"""What the pages stand on: the database, Valkey and the directory, each with its word on `/readyz`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
from aiohttp import web

from trunkline.db.connection import SoundConnection
from trunkline.db.hosts import connect
from trunkline.db.pool import prepare_connection
from trunkline.db.standby import open_standby
from trunkline.directory.reader import Directory
from trunkline.keys import directory_key, health_key, pool_key, redis_key, settings_key, standby_key
from trunkline.servers import database_url, valkey

_REFRESH_SECONDS = 0.25


async def database_context(app: web.Application) -> AsyncIterator[None]:
    """The pool; with no connection at first, so that the process also starts while PostgreSQL is away."""
    settings = app[settings_key]
    async with asyncpg.create_pool(
        database_url(settings),
        min_size=0,
        max_size=settings.database.pool_size,
        connect=connect,
        init=prepare_connection,
        connection_class=SoundConnection,
        command_timeout=60,
        server_settings={"application_name": "trunkline-web"},
    ) as pool:
        app[pool_key] = pool

        async def answers() -> str | None:
            await pool.fetchval("select 1 from migrations limit 1")
            return None

        app[health_key].add("database", answers)
        yield


async def standby_context(app: web.Application) -> AsyncIterator[None]:
    """The standby that reports are read from, where one is set; it stands on the pool."""
    database = app[settings_key].database
    if not database.reports_url:
        yield
        return
    async with open_standby(database.reports_url, app[pool_key], database.pool_size, "trunkline-reports") as standby:
        app[standby_key] = standby
        yield


async def valkey_context(app: web.Application) -> AsyncIterator[None]:
    """Valkey, which the process does without where it is away."""
    redis = valkey(app[settings_key])
    app[redis_key] = redis

    async def answers() -> str | None:
        await redis.ping()
        return None

    app[health_key].add("valkey", answers, needed=False)
    yield
    await redis.aclose()


async def directory_context(app: web.Application) -> AsyncIterator[None]:
    """The node's directory, followed; `/readyz` tells where it is stale, and it answers all the same."""
    directory = app[directory_key] = Directory.open(app[settings_key].data_dir / "directory")

    async def fresh() -> str | None:
        return (directory.fault or "not level with the database for a minute") if directory.stale else None

    async def follow() -> None:
        while True:
            directory.refresh()
            await asyncio.sleep(_REFRESH_SECONDS)

    app[health_key].add("directory", fresh, needed=False)
    following = asyncio.create_task(follow(), name="directory")
    yield
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    directory.close()
