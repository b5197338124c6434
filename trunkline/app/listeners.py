"""Serving applications on their listeners until the process is told to stop; open requests are answered first."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from trunkline.log import get_logger
from trunkline.settings import host_and_port

log = get_logger(__name__)


async def serve_until(
    stop: asyncio.Event, listeners: Mapping[str, web.Application], *, patience: float, access_log: bool = False
) -> None:
    """Serve each application on its `host:port`; on `stop` close the listeners, then wait up to `patience` seconds."""
    runners = []
    try:
        for listener, application in listeners.items():
            runner = web.AppRunner(
                application, shutdown_timeout=patience, handle_signals=False, access_log=None if not access_log else log
            )
            await runner.setup()
            runners.append(runner)
            host, port = host_and_port(listener)
            await web.TCPSite(runner, host, port, backlog=1024).start()
            log.info("listening", address=listener)
        await stop.wait()
    finally:
        for runner in reversed(runners):
            await runner.cleanup()
