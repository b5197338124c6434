"""What the HTTP library refuses before a handler sees it, as docs/http.md says, and what it cannot read later."""

import asyncio
import gzip

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from tests.fakes.rude import as_served, rude, served
from tests.fakes.waiting import eventually
from trunkline.keys import process_key
from trunkline.web.metrics import HTTP_REQUESTS
from trunkline.web.middlewares import answer_errors, observe
from trunkline.web.render import reader_middleware, setup_templates

_POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Encoding: %s\r\n\r\n{}"


async def _handle(_request: web.Request) -> web.Response:
    return web.Response(status=418)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"y" * 8191 + b"\r\n\r\n", b"400"),
        (b"GET /" + b"y" * 8191 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", b"400"),
        (b"hello\r\n\r\n", b"400"),
    ],
    ids=["long header", "long address", "many headers", "no request"],
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


@pytest.mark.parametrize("sent", [_POST % b"gzip", b"GET /nowhere HTTP/1.0\r\n\r\n", b"hello\r\n\r\n"])
async def test_no_answer_tells_versions(app: web.Application, sent: bytes) -> None:
    async with served(app) as port, rude(port) as client:
        client.writer.write(sent)
        head = await client.reader.readuntil(b"\r\n\r\n")

    assert b"\r\nServer: Trunkline\r\n" in head


_FORM = "application/x-www-form-urlencoded"
_PART = b'--b\r\nContent-Disposition: form-data; name="csrf"%s\r\n\r\n%%ff\r\n--b--\r\n'
_UNREADABLE = {
    "no charset": ({"Content-Type": f"{_FORM}; charset=nosuch"}, b"a=%ff"),
    "no text": ({"Content-Type": f"{_FORM}; charset=rot13"}, b"a=%ff"),
    "no utf-8": ({"Content-Type": _FORM}, b"a=\xff"),
    "part": (
        {"Content-Type": "multipart/form-data; boundary=b"},
        _PART % b"\r\nContent-Type: text/plain; charset=nosuch",
    ),
    "no boundary": ({"Content-Type": "multipart/form-data"}, _PART % b""),
}


ENTERED = web.AppKey("entered", asyncio.Event)


async def _echo(request: web.Request) -> web.Response:
    request.app[ENTERED].set()
    if request.content_type == "application/json":
        return web.Response(body=await request.read())
    return web.json_response({name: str(value) for name, value in (await request.post()).items()})


@pytest.fixture
def app() -> web.Application:
    app = web.Application(middlewares=[observe, answer_errors, reader_middleware])
    app[process_key], app[ENTERED] = "web", asyncio.Event()
    setup_templates(app)
    app.add_routes([web.post("/echo", _echo), web.post("/api/v1/echo", _echo)])
    return app


@pytest.mark.parametrize("case", _UNREADABLE)
async def test_a_body_that_is_not_what_it_says_is_refused(
    app: web.Application, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers, body = _UNREADABLE[case]
    with as_served():
        async with TestClient(TestServer(app)) as client:
            page = await client.post("/echo", data=body, headers=headers | {"Accept": "text/html"})
            told = await client.post("/api/v1/echo", data=body, headers=headers)

            assert (page.status, page.content_type) == (400, "text/html")
            assert (told.status, (await told.json())["error"]) == (400, "bad_request")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZip, br"])
async def test_a_packed_body_is_told_so_and_never_unpacked(app: web.Application, coding: str) -> None:
    """A bomb of 200 kB is half a second of work, and aiohttp unpacks what no handler reads, too."""
    headers, packed = {"Content-Encoding": coding}, gzip.compress(b"a=" + bytes(100_000))
    async with served(app) as port, ClientSession(f"http://127.0.0.1:{port}") as client:
        page = await client.post("/echo", data=packed, headers=headers | {"Accept": "text/html"})
        told = await client.post("/api/v1/echo", data=packed, headers=headers)
        assert (page.status, page.content_type) == (415, "text/html")
        assert (told.status, (await told.json())["error"]) == (415, "unsupported_media_type")
    bare = web.Application()
    bare.router.add_post("/raw", _raw)
    async with served(bare) as port, ClientSession(f"http://127.0.0.1:{port}") as client:
        assert await (await client.post("/raw", data=packed, headers=headers)).read() == packed


async def _raw(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


@pytest.mark.parametrize("kind", ["application/json", _FORM, "multipart/form-data; boundary=b"])
async def test_who_leaves_in_mid_body_is_no_fault_of_ours(
    app: web.Application, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    counted = HTTP_REQUESTS.labels("web", "/echo", "499")
    before = counted._value.get()
    async with served(app) as port, rude(port) as client:
        client.send("POST /echo", b"--b\r\n", length=80, Content_Type=kind)
        await app[ENTERED].wait()
        client.leave()
        await eventually(lambda: counted._value.get() == before + 1)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
