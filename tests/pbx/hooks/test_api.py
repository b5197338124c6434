"""Asking a provider's API: what it answers, and how far a request came that was not answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.pbx.hooks import api as api_module
from trunkline.pbx.hooks.api import ApiAnswer, ApiRequest, hosted_api
from trunkline.webhooks.address import AddressRules

LOOPBACK = AddressRules(["127.0.0.0/8"])
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """Start a provider that answers so; its address."""
    servers: list[TestServer] = []

    async def started(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handler)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        return str(servers[-1].make_url("/v1/history"))

    yield started
    for server in servers:
        await server.close()


async def asked(request: ApiRequest, rules: AddressRules = LOOPBACK, seconds: float = 30.0) -> ApiAnswer | Fault:
    async with hosted_api(rules, answer_seconds=seconds) as api:
        return await api.ask(request)


async def test_bytes_headers_and_query_arrive_as_they_were_signed(serve: Callable[..., Awaitable[str]]) -> None:
    heard: list[tuple[str, str, str | None, bytes]] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append((request.method, request.raw_path, request.headers.get("X-Sign"), await request.read()))
        return web.Response(status=400, body=b"no")

    url = await serve(handler)
    answer = await asked(ApiRequest("POST", url + "?a=%2B7&b=x%20y", {"X-Sign": "s"}, b"a=1"))

    assert answer == ApiAnswer(400, b"no")
    assert heard == [("POST", "/v1/history?a=%2B7&b=x%20y", "s", b"a=1")]


@pytest.mark.parametrize(("status", "pause"), [(429, 7.0), (503, 7.0)])
async def test_one_that_asks_for_a_rest(serve: Callable[..., Awaitable[str]], status: int, pause: float) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "7"})

    fault = await asked(ApiRequest("GET", await serve(handler)))

    assert fault == Fault(f"HTTP {status}", Sent.ANSWERED, status, retry_after=pause)


async def test_a_redirect_is_not_followed_with_our_secrets(serve: Callable[..., Awaitable[str]]) -> None:
    async def handler(_request: web.Request) -> web.Response:
        raise web.HTTPFound("http://elsewhere.example/")

    url = await serve(handler)
    fault = await asked(ApiRequest("GET", url))
    told = await asked(ApiRequest("POST", url, leads_on=True))

    assert isinstance(fault, Fault)
    assert (fault.sent, fault.status) == (Sent.ANSWERED, 302)
    assert told == ApiAnswer(302, b"", "http://elsewhere.example/"), "it is told where to, and went nowhere"
    assert "elsewhere" not in repr(told)


async def test_what_is_not_answered_may_have_been_done(serve: Callable[..., Awaitable[str]]) -> None:
    async def handler(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    fault = await asked(ApiRequest("POST", await serve(handler)), seconds=0.1)

    assert isinstance(fault, Fault)
    assert fault.sent is Sent.MAYBE


async def test_an_answer_without_end_is_let_go(
    serve: Callable[..., Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "LONGEST_ANSWER", 1 << 20)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    fault = await asked(ApiRequest("GET", await serve(handler)))

    assert isinstance(fault, Fault)
    assert (fault.reason, fault.sent) == ("its answer is longer than 1 MB", Sent.MAYBE)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost:1/", "http://2130706433/"])
async def test_nothing_goes_to_an_address_within(url: str) -> None:
    fault = await asked(ApiRequest("GET", url), AddressRules([]))

    assert isinstance(fault, Fault)
    assert (fault.sent, fault.refusal) == (Sent.NO, Refusal.NEVER)


async def test_one_that_is_not_there_has_done_nothing() -> None:
    fault = await asked(ApiRequest("POST", "http://127.0.0.1:1/"))

    assert isinstance(fault, Fault)
    assert fault.sent is Sent.NO
    assert "secret" not in repr(ApiRequest("GET", "http://x", {"X-Key": "secret"}, b"secret"))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_lost_answer_is_not_asked_for_again(serve: Callable[..., Awaitable[str]], method: str) -> None:
    """aiohttp does so by itself for methods that ought to be idempotent; Zadarma begins a call by a GET."""
    heard: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append(request.method)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    fault = await asked(ApiRequest(method, await serve(handler)))

    assert isinstance(fault, Fault)
    assert (fault.sent, heard) == (Sent.MAYBE, [method])


async def test_an_answer_that_is_no_http_shows_no_key() -> None:
    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 two hundred\r\nbad header\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        fault = await asked(ApiRequest("POST", f"http://127.0.0.1:{port}/?q=secret-query", {"Authorization": "secret"}))

    assert isinstance(fault, Fault)
    assert fault.sent is Sent.MAYBE
    assert fault.reason.startswith("no readable answer")
    assert "secret" not in fault.reason
