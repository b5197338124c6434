"""Whose a token is that a card is opened with: the portal is asked beside calls, never in their place."""

import asyncio

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from crm_sync.bitrix24.limiting import Limiter, bucket
from crm_sync.bitrix24.portal import Refused
from crm_sync.bitrix24.visitors import Visitors
from crm_sync.connector import Connector
from crm_sync.store import find_connector
from tests.crm_sync.scene import Scene
from tests.fakes.waiting import eventually
from trunkline.outbox.shared import SharedState

CALLS_FIND = 10
"""Tokens of a bucket without Valkey: half of those that are kept for calls."""


@pytest.fixture
async def known(scene: Scene) -> Connector:
    async with scene.pool.acquire() as connection:
        return await find_connector(connection, scene.connector)


def token(scene: Scene) -> tuple[int, str]:
    user = int(scene.user("101"))
    return user, scene.portal.access.grant(scene.portal.app, user).access


async def emptied(scene: Scene, known: Connector) -> SharedState:
    """Of all that calls leave."""
    shared = SharedState(None, scene.clock)
    while (await shared.take(bucket(known.account, enterprise=False, reserve=20.0), 1))[0]:
        pass
    return shared


async def test_calls_find_their_part_of_the_bucket_whoever_opens_cards(scene: Scene, known: Connector) -> None:
    shared, (user, access) = await emptied(scene, known), token(scene)

    async def sleep(seconds: float) -> None:
        scene.clock.at += seconds

    began = scene.clock.at
    async with scene.portals(Limiter(shared, sleep)) as portals:
        visitors = Visitors(portals, scene.clock)
        assert await visitors.user(known, access) == user
        for forged in range(3):
            with pytest.raises(Refused):
                await visitors.user(known, f"forged{forged}")
    assert scene.clock.at > began
    granted, _wait = await shared.take(bucket(known.account, enterprise=False), 50)
    assert granted >= CALLS_FIND


async def test_few_wait_for_room(scene: Scene, known: Connector) -> None:
    shared, never = await emptied(scene, known), asyncio.Event()
    waiting: list[float] = []

    async def sleep(seconds: float) -> None:
        waiting.append(seconds)
        await never.wait()

    async with scene.portals(Limiter(shared, sleep)) as portals:
        visitors = Visitors(portals, scene.clock)
        tasks = [asyncio.create_task(visitors.user(known, f"token{place}")) for place in range(50)]
        await eventually(lambda: len(waiting) == 50)
        with pytest.raises(Refused, match="too many cards"):
            await visitors.user(known, "one more")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        waiting.clear()
        tasks = [asyncio.create_task(visitors.user(known, "again"))]
        await eventually(lambda: len(waiting) == 1)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert scene.portal.asked("batch") == []


async def _quoting(request: web.Request) -> web.Response:
    said = await request.json()
    return web.json_response({"error": "expired_token", "error_description": f"{said['auth']} is over"}, status=401)


async def test_what_is_quoted_of_a_token_is_not_told_on(scene: Scene, known: Connector) -> None:
    app = web.Application()
    app.router.add_post("/rest/batch.json", _quoting)
    async with TestServer(app) as server, scene.portals() as portals:
        elsewhere = msgspec.structs.replace(known, portal=str(server.make_url("")).rstrip("/"))
        with pytest.raises(Refused) as refused:
            await Visitors(portals).user(elsewhere, "t0ken-of-anna")
    assert "is over" in str(refused.value)
    assert "t0ken-of-anna" not in f"{refused.value} {refused.value.bad} {refused.value.failed}"
