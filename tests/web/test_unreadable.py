"""What the HTTP library refuses before a handler sees it, as docs/http.md says."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

_POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Encoding: %s\r\n\r\n{}"


async def _handle(_request: web.Request) -> web.Response:
    return web.Response(status=418)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (_POST % b"br", b"400"),
        (_POST % b"zstd", b"400"),
        (_POST % b"gzip", b"418"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"y" * 8191 + b"\r\n\r\n", b"400"),
        (b"GET /" + b"y" * 8191 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", b"400"),
        (b"hello\r\n\r\n", b"400"),
    ],
    ids=["br", "zstd", "gzip", "long header", "long address", "many headers", "no request"],
)
async def test_what_is_no_http_gets_400_from_the_library(sent: bytes, status: bytes) -> None:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", _handle)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(sent)
        first = await reader.readline()
        writer.close()

    assert first.split()[1] == status
