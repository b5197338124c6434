"""A URL of several hosts: each gets its own time, and a connection does not outlive the machine it leads to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.db.socket_file import socket_file
from trunkline.db.hosts import _SERVER, DEAD_AFTER, connect, each_host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@a:1/db", ["postgresql://u:p@a:1/db"]),
        (
            "postgresql://u:p%2C@a:1,[::1]:2,c/db?target_session_attrs=read-write",
            [f"postgresql://u:p%2C@{host}/db?target_session_attrs=read-write" for host in ("a:1", "[::1]:2", "c")],
        ),
        ("postgres://a,b", ["postgres://a", "postgres://b"]),
        (
            "postgresql://u@a,b?sslmode=disable",
            ["postgresql://u@a?sslmode=disable", "postgresql://u@b?sslmode=disable"],
        ),
        ("postgresql:///db?host=a,b", ["postgresql:///db?host=a,b"]),
        ("postgresql://u:p@/db?host=%2Frun&port=5432", ["postgresql://u:p@/db?host=%2Frun&port=5432"]),
    ],
)
def test_each_host(url: str, expected: list[str]) -> None:
    assert each_host(url) == expected


async def test_a_host_that_says_nothing_does_not_keep_us_from_the_next(database_url: str) -> None:
    async with _silent() as silent, _by_tcp(database_url) as server:
        url = _over_tcp(database_url, silent.getsockname()[1], server)
        # asyncpg alone waits for the first until there is no time left for the second.
        with pytest.raises(TimeoutError):
            await asyncpg.connect(url, timeout=0.3)
        connection = await connect(url, timeout=4)
        try:
            assert await connection.fetchval("select 1") == 1
            held = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # private
            assert held.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == DEAD_AFTER * 1000
            assert held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            # What RESET ALL goes back to; in force they are not here, where the proxy comes by a local socket.
            ours = await connection.fetch("select name, reset_val from pg_settings where name = any($1)", list(_SERVER))
            assert {row["name"]: row["reset_val"] for row in ours} == _SERVER
        finally:
            await connection.close()
        tried = _taken(silent)
        again = await connect(url)
        await again.close()
        assert (tried > 0, _taken(silent)) == (True, 0), "the one that answered is asked first from now on"


async def test_standbys_alone_are_no_connection(database_url: str) -> None:
    async with _by_tcp(database_url) as one, _by_tcp(database_url) as other:
        url = _over_tcp(database_url, one, other) + "&target_session_attrs=standby"
        with pytest.raises(ConnectionError, match="each that answers"):
            await connect(url)


def _over_tcp(url: str, *ports: int) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"postgresql://{login}@{hosts}{parts.path}?sslmode=disable"


@asynccontextmanager
async def _silent() -> AsyncIterator[socket.socket]:
    """A server whose system takes connections, and there it ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _taken(server: socket.socket) -> int:
    """How many connections it took since the last look."""
    number = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return number
        number += 1


@asynccontextmanager
async def _by_tcp(url: str) -> AsyncIterator[int]:
    """A port behind which the server of `url` is: ours listens on a socket file alone."""
    file = socket_file(url)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(file)
        writers.extend((writer, far_writer))
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
        await server.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass  # one end is closed: the other has nobody to talk to
