"""A connection that the server is just ending: whoever asks by it is told so, and the pool makes another."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.db.socket_file import socket_file
from trunkline.db.connection import SoundConnection
from trunkline.db.types import Pool

_BODY = b"SFATAL\0VFATAL\0C57P02\0Mterminating connection because of crash of another server process\0\0"
_GOODBYE = b"E" + (len(_BODY) + 4).to_bytes(4, "big") + _BODY
"""ErrorResponse of the protocol's message formats (PostgreSQL's documentation, 55.7); the socket stays open."""

ASKS: dict[str, Callable[[Pool], Awaitable[object]]] = {
    "execute": lambda pool: pool.execute("select 1"),
    "execute with arguments": lambda pool: pool.execute("select $1::int", 1),
    "executemany": lambda pool: pool.executemany("select $1::int", [(1,)]),
    "fetch": lambda pool: pool.fetch("select $1::int", 1),
    "fetchrow": lambda pool: pool.fetchrow("select $1::int", 1),
    "fetchval": lambda pool: pool.fetchval("select $1::int", 1),
}


class Between:
    """Passes bytes between a client and the server, and says what the server did not."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._clients: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._socket)
        self._clients.append(writer)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def say(self, data: bytes) -> None:
        for writer in self._clients:
            writer.write(data)
            await writer.drain()
        for _ in range(100):  # it lies in the socket: the client reads it in one of the loop's next turns
            await asyncio.sleep(0)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_connection_in_its_last_moment_is_a_lost_one(
    ask: Callable[[Pool], Awaitable[object]], postgres_url: str
) -> None:
    parts = urlsplit(postgres_url)
    between = Between(socket_file(postgres_url))
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"postgresql://{parts.netloc}127.0.0.1:{port}{parts.path}"
    async with server, asyncpg.create_pool(url, min_size=1, max_size=1, connection_class=SoundConnection) as pool:
        await ask(pool)
        await between.say(_GOODBYE)

        with pytest.raises(asyncpg.PostgresConnectionError, match="ending"):
            await ask(pool)
        await ask(pool)
