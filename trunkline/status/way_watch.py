"""How far the first steps are, looked at every minute until they are over: pages show it, and nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
from aiohttp import web
from redis.asyncio import Redis

from trunkline.background import running
from trunkline.db.types import Pool
from trunkline.keys import pool_key, redis_key
from trunkline.status.way import HERE, STEPS, WAY, Progress, progress, standings, step_at
from trunkline.status.way_store import leave, left_steps, read_facts
from trunkline.web.auth import may_open
from trunkline.web.i18n import gettext as _
from trunkline.web.shell import Hint

_FIRST_SECONDS = 3.0
"""Before the first look: a process that has just begun has other things to do."""
_LOOK_SECONDS = 60.0
_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class WayWatch:
    """The last look; `unfinished` is None once the way is over, and as long as nobody has looked."""

    def __init__(self, pool: Pool, redis: Redis) -> None:
        self.unfinished: Progress | None = None
        self._pool = pool
        self._redis = redis

    async def look(self) -> None:
        """Look once; a way on which nothing waits any more is over for good."""
        now = datetime.now(UTC)
        async with self._pool.acquire() as connection:
            if WAY in await left_steps(connection):
                self.unfinished = None
                return
            far = progress(standings(await read_facts(connection, self._redis, now), now))
            if far.is_over:
                await leave(connection, WAY, None, now)
        self.note(far, ended=far.is_over)

    def note(self, far: Progress, *, ended: bool) -> None:
        """What somebody has just seen."""
        self.unfinished = None if ended else far

    async def run(self) -> None:
        """Look for ever: on another node it may be taken up again."""
        await asyncio.sleep(_FIRST_SECONDS)
        while True:
            with suppress(*_TROUBLE):
                await self.look()
            await asyncio.sleep(_LOOK_SECONDS)


way_watch_key = web.AppKey("way_watch", WayWatch)


async def way_context(app: web.Application) -> AsyncIterator[None]:
    """The watch, as long as the application runs; wants the pool and Valkey before it."""
    watch = app[way_watch_key] = WayWatch(app[pool_key], app[redis_key])
    async with running({"way watch": watch.run}):
        yield


def hint(request: web.Request) -> Hint | None:
    """What the shell says of the first steps to who may take them; on a step's own pages also which step it is."""
    watch = request.app.get(way_watch_key)
    if watch is None or watch.unfinished is None or not may_open(request, HERE):
        return None
    step, found = "", step_at(request.path)
    if found is not None:
        names = {"number": found[0], "total": len(STEPS), "title": _(found[1].title)}
        step = _("Step %(number)s of %(total)s: %(title)s") % names
    return Hint(HERE, watch.unfinished.settled, watch.unfinished.total, step)


def begin(request: web.Request) -> str:
    """Where somebody begins who has just signed in, if he may: at the first steps, until they are over."""
    watch = request.app.get(way_watch_key)
    return HERE if watch is not None and watch.unfinished is not None else ""
