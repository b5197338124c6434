"""An application behind the short way (router/lane.py) and behind aiohttp alone, and connections to either."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from router.hook_lane import HookLane
from router.hooks_web import hooks_key, perimeter_key
from router.lane import Lane, Lanes
from router.web import desk_key


@dataclass
class Served:
    """An application and its two ports."""

    app: web.Application
    lanes: Lanes
    short: int
    aiohttp: int


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[Served]:
    """Behind both ways, as the process `question` serves it."""
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    assert runner.server is not None
    hooks = HookLane(app[hooks_key], app[perimeter_key])
    lanes = Lanes(app[desk_key], runner.server, longest_body=4096, idle_seconds=60.0, hooks=hooks)
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(factory, "127.0.0.1", 0) for factory in (lanes, runner.server)]
    short, plain = (server.sockets[0].getsockname()[1] for server in servers)
    try:
        yield Served(app, lanes, short, plain)
    finally:
        for server in servers:
            server.close()
        await lanes.close()
        await runner.cleanup()


class Caller:
    """One connection of a PBX."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def told(self) -> tuple[bytes, bytes]:
        """The next answer as it came: head and body; (b"", b"") when the connection is closed instead."""
        async with asyncio.timeout(20):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionResetError):
                return b"", b""
            length = re.search(rb"(?i)content-length: (\d+)", head)
            return head, await self.reader.readexactly(int(length.group(1))) if length else b""

    async def hear(self) -> tuple[int, bytes]:
        """The next answer: its status and body; (0, b"") when the connection is closed instead."""
        head, body = await self.told()
        return int(head.split(None, 2)[1]) if head else 0, body

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def call(port: int) -> Caller:
    """A connection; it is the caller's to close."""
    return Caller(*await asyncio.open_connection("127.0.0.1", port))


async def ringing(lanes: Lanes) -> Lane:
    """A lane whose answer waits for its telephones."""
    async with asyncio.timeout(20):
        while True:
            for lane in lanes.open:
                if lane.answering:
                    return lane
            await asyncio.sleep(0)
