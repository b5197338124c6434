"""Serving applications on their listeners until the process is told to stop; open requests are answered first."""

import asyncio
import logging
from collections.abc import Mapping

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from trunkline.errors import SettingsError
from trunkline.log import get_logger
from trunkline.ports import unusable
from trunkline.settings import host_and_port

log = get_logger(__name__)


def quieten(record: logging.LogRecord) -> bool:
    """What is no HTTP gets one line without its bytes: they may be a token or a link, and anybody may send them."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args = "request_unreadable: %s", (type(error).__name__,)
        record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
    return True


async def serve_until(
    stop: asyncio.Event,
    listeners: Mapping[str, tuple[str, web.Application]],
    *,
    patience: float,
    access_log: bool = False,
) -> None:
    """Serve each application on the `host:port` of its setting; raises SettingsError where that cannot be.

    On `stop` close the listeners, then wait up to `patience` seconds.
    """
    server_log = logging.getLogger("aiohttp.server")
    server_log.addFilter(quieten)  # the same filter twice counts once
    runners = []
    try:
        for setting, (listener, application) in listeners.items():
            runner = web.AppRunner(
                application, shutdown_timeout=patience, handle_signals=False, access_log=None if not access_log else log
            )
            await runner.setup()
            runners.append(runner)
            host, port = host_and_port(listener)
            try:
                await web.TCPSite(runner, host, port, backlog=1024).start()
            except OSError as error:
                raise SettingsError([unusable(setting, listener, error)]) from error
            log.info("listening", address=listener)
        await stop.wait()
    finally:
        for runner in reversed(runners):
            await runner.cleanup()
