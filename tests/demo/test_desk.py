"""The demo's people at their leads, before an API that only writes down what it is asked; and what is spent."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from calltracking.costs.api import CostBatch
from calltracking.costs.cells import read_channel
from trunkline.demo.advertising import costs, tell
from trunkline.demo.desk import Desk, Staff
from trunkline.demo.fates import Lead, fate_of

BEGAN = datetime(2026, 11, 27, 9, tzinfo=UTC)
NOW = BEGAN + timedelta(minutes=5)
TODAY = date(2026, 11, 27)


class Api:
    """Keeps leads as they are told to be."""

    def __init__(self, *leads: Lead) -> None:
        self.leads, self.done, self.costs = list(leads), list[tuple[str, UUID, str]](), b""

    async def show(self, request: web.Request) -> web.Response:
        assert (request.headers["Authorization"], request.query["show"]) == ("Bearer chief", "open")
        begin = int(request.query.get("cursor", "0"))
        onward = str(begin + 200) if begin + 200 < len(self.leads) else None
        body = msgspec.json.encode({"items": self.leads[begin : begin + 200], "next": onward})
        return web.Response(body=body, content_type="application/json")

    async def do(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.done.append((request.match_info["what"], UUID(request.match_info["id"]), token))
        return web.json_response({}, status=409)  # somebody was there first

    async def spend(self, request: web.Request) -> web.Response:
        self.costs = await request.read()
        return web.json_response({})


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def lead(number: int, minutes: float, **told: Any) -> Lead:
    whole = Lead(
        UUID(int=number), f"+7916{number:07d}", "new", NOW - timedelta(minutes=minutes), None, None, None, None, None
    )
    return msgspec.structs.replace(whole, **told)


async def worked(
    session: aiohttp.ClientSession, api: Api, now: datetime = NOW, rounds: int = 1
) -> tuple[list[tuple[str, UUID, str]], list[str]]:
    called: list[str] = []

    async def call(number: str) -> None:
        called.append(number)

    app = web.Application()
    app.add_routes([web.get("/api/v1/leads", api.show), web.post("/api/v1/leads/{id}/{what}", api.do)])
    async with TestServer(app) as server:
        desk = Desk(str(server.make_url("")).rstrip("/"), Staff("chief", ["c0", "c1"], frozenset()), call, BEGAN)
        for _ in range(rounds):
            await desk.one_round(session, now)
    return api.done, called


async def test_the_oldest_that_nobody_has_are_left_to_whoever_plays(session: aiohttp.ClientSession) -> None:
    leads = [lead(number, 60 - number) for number in range(1, 6)]
    done, _ = await worked(session, Api(*leads))
    later, _ = await worked(session, Api(*leads), BEGAN + timedelta(hours=1))

    assert [(what, one.int) for what, one, _ in done] == [("take", 4), ("take", 5)]
    assert [token for _, _, token in done] == [f"c{fate_of(one).colleague % 2}" for _, one, _ in done]
    assert len(later) == 5


async def test_a_client_is_called_once_and_a_round_does_so_much(session: aiohttp.ClientSession) -> None:
    taken = {"taken_at": NOW, "taken_by_id": UUID(int=7)}
    fates = {number: fate_of(UUID(int=number)) for number in range(1, 400)}
    number = next(
        one for one, fate in fates.items() if fate.called < 100 < min([*fate.stages, fate.ends]) and not fate.planned
    )
    waits = lead(number, 100 / 60, **taken)
    _, called = await worked(session, Api(waits), rounds=2)
    old = [lead(one, 3000, **taken) for one in range(1, 260)]
    done, _ = await worked(session, Api(*old))

    assert called == [waits.phone]
    assert [(what, token) for what, _, token in done] == [("close", "chief")] * 12


async def test_what_is_spent_is_the_same_and_the_api_takes_it(session: aiohttp.ClientSession) -> None:
    api, app = Api(), web.Application()
    app.add_routes([web.post("/api/v1/costs", api.spend)])
    async with TestServer(app) as server:
        assert await tell(session, str(server.make_url("")).rstrip("/"), TODAY)
    batch = msgspec.json.decode(api.costs, type=CostBatch)

    assert list(costs(TODAY)) == list(costs(TODAY))
    assert len({(one.day, one.source, one.campaign) for one in batch.items}) == len(batch.items) == 90
    assert all(read_channel(one.channel) and one.gross for one in batch.items)
    assert max(one.day for one in batch.items) == TODAY
