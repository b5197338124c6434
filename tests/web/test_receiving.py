"""Bodies that come late, in pieces, in disguise, or not at all."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from tests.fakes.rude import Rude, as_served, rude, served
from trunkline.web.receiving import BodyFault, receive

SECONDS = web.AppKey("seconds", float)
TOLD = web.AppKey("told", asyncio.Queue[int])


async def _handle(request: web.Request) -> web.Response:
    told = request.app[TOLD]
    told.put_nowait(0)
    try:
        body = await receive(request, request.app[SECONDS])
    except BodyFault as fault:
        told.put_nowait(fault.status)
        return web.Response(status=fault.status)
    return web.Response(body=body)


def _application(seconds: float) -> web.Application:
    app = web.Application()
    app[SECONDS], app[TOLD] = seconds, asyncio.Queue()
    app.router.add_route("*", "/{path:.*}", _handle)
    return app


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    with as_served():
        async with TestServer(_application(0.05)) as server:
            yield server


@pytest.fixture
async def client(server: BaseTestServer) -> AsyncIterator[Rude]:
    async with rude(server.port) as client:
        yield client


@pytest.mark.parametrize(
    ("sent", "length", "headers", "status"),
    [
        (b"packed", 6, {"Content_Encoding": "gzip"}, b"415"),
        (b"half", 8, {}, b"408"),
        (b"", 1 << 19, {}, b"408"),
    ],
    ids=["gzip", "half", "nothing"],
)
async def test_what_does_not_come_whole_is_answered_closed_and_leaves_no_traceback(
    client: Rude, caplog: pytest.LogCaptureFixture, sent: bytes, length: int, headers: dict[str, str], status: bytes
) -> None:
    client.send("POST /", sent, length=length, **headers)

    answer = await client.heard()

    assert answer.split()[1] == status
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_who_leaves_in_mid_body_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    app = _application(60)
    async with served(app) as port, rude(port) as client:
        client.send("POST /", b"half", length=8)
        async with asyncio.timeout(20):
            await app[TOLD].get()
            client.leave()
            assert await app[TOLD].get() == 499

    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_half_a_head_is_not_waited_for() -> None:
    async with served(_application(60), head_seconds=0.05) as port, rude(port) as client:
        client.writer.write(b"POST / HTTP/1.1\r\nHost: ")

        assert await client.heard() == b""
