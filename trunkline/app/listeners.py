"""Serving applications on their listeners until the process is told to stop; open requests are answered first."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from aiohttp import web, web_response
from aiohttp.http_exceptions import HttpProcessingError

from trunkline.errors import SettingsError
from trunkline.log import get_logger
from trunkline.ports import unusable
from trunkline.settings import host_and_port

log = get_logger(__name__)

_BACKLOG = 1024
HEAD_SECONDS = 150.0
"""How long a connection may wait for the end of a request's head, the first or the next: longer than the two minutes
for which a proxy keeps an idle connection, else it would send into one we are closing."""
SERVER = "Trunkline"
"""The `Server` header of every answer, also of the library's own: no versions for a stranger to look up."""


def quieten(record: logging.LogRecord) -> bool:
    """What is no HTTP gets one line without its bytes: they may be a token or a link, and anybody may send them.

    A body that did not come whole gets none: its request was answered, and has a line of its own.
    """
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, web.RequestPayloadError):
        return False
    if isinstance(error, HttpProcessingError):
        record.msg, record.args = "request_unreadable: %s", (type(error).__name__,)
        record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
    return True


class Connections(Protocol):
    """Makes the protocol of each connection of a listener, and ends them."""

    def __call__(self) -> asyncio.BaseProtocol: ...

    async def close(self) -> None:
        """End every connection, each after the answer it waits for."""
        ...


Before = Callable[[web.Server], Connections]


async def serve_until(
    stop: asyncio.Event,
    listeners: Mapping[str, tuple[str, web.Application]],
    *,
    patience: float,
    access_log: bool = False,
    connections: Before | None = None,
    head_seconds: float = HEAD_SECONDS,
) -> None:
    """Serve each application on the `host:port` of its setting; raises SettingsError where that cannot be.

    On `stop` close the listeners, then wait up to `patience` seconds. `connections` puts something before aiohttp,
    whose own protocols it is given the maker of.
    """
    # A hook of an application would miss aiohttp's own refusals.
    web_response.SERVER_SOFTWARE = SERVER  # type: ignore[attr-defined]
    server_log = logging.getLogger("aiohttp.server")
    server_log.addFilter(quieten)  # the same filter twice counts once
    runners = []
    try:
        for setting, (listener, application) in listeners.items():
            runner = web.AppRunner(
                application,
                shutdown_timeout=patience,
                handle_signals=False,
                access_log=None if not access_log else log,
                keepalive_timeout=head_seconds,
                auto_decompress=False,  # aiohttp unpacks what nobody reads too: a bomb of a stranger's delays everybody
            )
            await runner.setup()
            runners.append(runner)
            try:
                await _site(runner, host_and_port(listener), connections, patience).start()
            except OSError as error:
                raise SettingsError([unusable(setting, listener, error)]) from error
            log.info("listening", address=listener)
        await stop.wait()
    finally:
        for runner in reversed(runners):
            await runner.cleanup()


def _site(runner: web.AppRunner, address: tuple[str, int], connections: Before | None, patience: float) -> web.BaseSite:
    if connections is None or runner.server is None:
        return web.TCPSite(runner, *address, backlog=_BACKLOG)
    return _Site(runner, address, connections(runner.server), patience)


class _Site(web.BaseSite):
    """A listener whose connections are made by what stands before aiohttp."""

    __slots__ = ("_address", "_connections", "_patience")

    def __init__(
        self, runner: web.AppRunner, address: tuple[str, int], connections: Connections, patience: float
    ) -> None:
        super().__init__(runner)
        self._address = address
        self._connections = connections
        self._patience = patience

    @property
    def name(self) -> str:
        return "http://{}:{}".format(*self._address)

    async def start(self) -> None:
        await super().start()
        host, port = self._address
        self._server = await asyncio.get_running_loop().create_server(self._connections, host, port, backlog=_BACKLOG)

    async def stop(self) -> None:
        await super().stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._connections.close()
