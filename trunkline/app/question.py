"""The process `question`: answers PBXs from memory. It imports no database driver and waits for no server."""

import asyncio
from functools import partial

from aiohttp import web

from router.fastagi import listening
from router.hook_lane import HookLane
from router.hooks_web import hooks_key, perimeter_key
from router.lane import IDLE_SECONDS, Lanes
from router.web import desk_key
from router.wiring import build_question_app, calm_collector
from trunkline.app.listeners import serve_until
from trunkline.directory.reader import Directory
from trunkline.keys import health_key
from trunkline.servers import valkey
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter
from trunkline.web.health import Health, healthz, readyz


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve `/router/*` and FastAGI until `stop`."""
    directory = Directory.open(settings.data_dir / "directory")
    redis = valkey(settings)
    spool = SpoolWriter(settings.data_dir / "spool" / "question", cap_bytes=settings.limits.spool_mb << 20)
    try:
        application = build_question_app(settings, directory, spool, redis)
        patience = settings.server.stop_seconds
        async with listening(application[desk_key], settings.listen.fastagi, patience=patience) as fault:
            _add_health(application, directory, fault)
            listeners = {"listen.question": (settings.listen.question, application)}
            longest = settings.limits.body_kb * 1024
            hooks = HookLane(application[hooks_key], application[perimeter_key])
            connections = partial(Lanes, application[desk_key], longest_body=longest, hooks=hooks)
            with calm_collector():
                await serve_until(
                    stop, listeners, patience=patience, connections=connections, head_seconds=IDLE_SECONDS
                )
    finally:
        spool.close()
        await redis.aclose()
        directory.close()


def _add_health(application: web.Application, directory: Directory, fastagi: str) -> None:
    async def fresh() -> str | None:
        if not directory.built_at:
            return directory.fault or "there is no directory yet"
        return (directory.fault or "the worker has not been seen for a minute") if directory.stale else None

    async def listens() -> str | None:
        return fastagi or None

    health = Health()
    # A stale directory still answers: the process is ready, and says what is missing.
    health.add("directory", fresh, needed=False)
    health.add("fastagi", listens, needed=False)
    application[health_key] = health
    application.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
