"""A client that sends what it likes, and leaves when it likes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from logging import getLogger

from aiohttp import web

from tests.fakes.waiting import eventually
from tests.serving import free_port
from trunkline.app.listeners import HEAD_SECONDS, quieten, serve_until


@dataclass
class Rude:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, head: str, body: bytes = b"", *, length: int | None = None, **headers: str) -> None:
        """A request whose `Content-Length` may be a lie."""
        told = {"Host": "127.0.0.1", "Content-Length": str(len(body) if length is None else length)} | headers
        lines = [f"{head} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items())]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    async def heard(self) -> bytes:
        """All that is answered until the server closes."""
        async with asyncio.timeout(20):
            return await self.reader.read()

    def leave(self) -> None:
        """Go without a word."""
        self.writer.transport.abort()


@asynccontextmanager
async def rude(port: int | None) -> AsyncIterator[Rude]:
    """A connection to 127.0.0.1."""
    client = Rude(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield client
    finally:
        client.writer.close()
        with contextlib.suppress(ConnectionError):
            await client.writer.wait_closed()


@asynccontextmanager
async def served(app: web.Application, head_seconds: float = HEAD_SECONDS) -> AsyncIterator[int]:
    """The port of `app`, served as in production: aiohttp's own test server ends the handlers of who leaves."""
    stop, port = asyncio.Event(), free_port()
    listeners = {"listen.public": (f"127.0.0.1:{port}", app)}
    serving = asyncio.create_task(serve_until(stop, listeners, patience=1, head_seconds=head_seconds))
    await eventually(lambda: _listens(port))
    try:
        yield port
    finally:
        stop.set()
        await serving


async def _listens(port: int) -> bool:
    try:
        async with rude(port):
            return True
    except ConnectionError:
        return False


@contextlib.contextmanager
def as_served() -> Iterator[None]:
    """aiohttp's log as `serve_until` has it."""
    log = getLogger("aiohttp.server")
    log.addFilter(quieten)
    try:
        yield
    finally:
        log.removeFilter(quieten)
