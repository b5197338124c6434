"""The demo's visitors before a public listener that only writes down what it is told."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from calltracking.forms.form import number_in
from trunkline.demo.sites import Shop
from trunkline.demo.visitors import Visitors

SHOP = Shop("demoavtobus1", "Автобус-1", "+74952000000")
LEASED = "+74952000007"


class Listener:
    """What was told, and by whom the page says it is."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.status = 200

    async def receive(self, request: web.Request) -> web.Response:
        self.told.append((request.match_info["what"], msgspec.json.decode(await request.read())))
        assert request.headers["Origin"] == "http://127.0.0.1:8082"
        if request.match_info["what"] != "swap":
            return web.Response(status=204)
        answer = {
            "visit": "v1",
            "visitor": "w1",
            "beat": 1,
            "numbers": {"main": {"number": LEASED, "kind": "exclusive"}},
        }
        return web.json_response(answer, status=self.status)


@pytest.fixture
async def public() -> AsyncIterator[tuple[Listener, str]]:
    listener = Listener()
    app = web.Application()
    app.add_routes([web.post("/calltracking/v1/{what}", listener.receive)])
    async with TestServer(app) as server:
        yield listener, str(server.make_url("")).rstrip("/")


def visitors(public: str, called: list[str], seed: int = 1) -> Visitors:
    async def call(number: str) -> bool:
        called.append(number)
        return True

    return Visitors([SHOP], "http://127.0.0.1:8082", public, call, random.Random(seed))


async def test_a_visit_opens_beats_and_leaves_and_some_call_what_they_see(public: tuple[Listener, str]) -> None:
    listener, url = public
    called: list[str] = []
    crowd = visitors(url, called)
    async with aiohttp.ClientSession() as session:
        for _ in range(30):
            await crowd.visit(session, 0.01)

    opened = [body for what, body in listener.told if what == "swap"]
    left = [body for what, body in listener.told if what == "beat"]
    assert len(opened) == len(left) == 30
    assert all(body["leave"] and not body["visible"] and body["visit"] == "v1" for body in left)
    assert 0 < len(called) < 30
    assert set(called) == {LEASED}
    assert {body.get("visitor", "") for body in opened} == {"", "w1"}
    assert len({body["page"] for body in opened}) > 3
    assert all(body["page"].startswith("http://127.0.0.1:8082/demoavtobus1") for body in opened)


async def test_some_write_into_the_form_instead(public: tuple[Listener, str]) -> None:
    listener, url = public
    crowd = visitors(url, [])
    async with aiohttp.ClientSession() as session:
        for _ in range(60):
            await crowd.visit(session, 0.01)

    written = [body for what, body in listener.told if what == "form"]
    assert 0 < len(written) < 20
    assert len({body["id"] for body in written}) == len({body["phone"] for body in written}) == len(written)
    assert all(number_in(body["phone"]) and body["agreed"] and body["visit"] == "v1" for body in written)


async def test_who_is_refused_does_nothing_more(public: tuple[Listener, str]) -> None:
    listener, url = public
    listener.status = 429
    async with aiohttp.ClientSession() as session:
        await visitors(url, []).visit(session, 0.01)

    assert [what for what, _ in listener.told] == ["swap"]


async def test_they_keep_coming_while_the_server_hangs_up_on_them() -> None:
    enough, came = asyncio.Event(), []

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)
        writer.close()
        if len(came) >= 5:
            enough.set()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        run = asyncio.create_task(visitors(f"http://127.0.0.1:{port}", []).run(60_000))
        await enough.wait()
        assert not run.done()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run


async def test_a_street_without_sites_has_no_visitors() -> None:
    async def call(_number: str) -> bool:
        return False

    await Visitors([], "http://127.0.0.1:8082", "http://127.0.0.1:9", call, random.Random(1)).run(60)
