"""Telephones that a provider's API tells of, over real HTTP: free, out of reach, and busy by their calls."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from tests.pbx.hooks.test_store import BOX
from tests.presence.test_hosted_phones import joins, shown
from trunkline.db.types import Pool
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.store import HostedPbx, save_hosted
from trunkline.pbx.zadarma.phones import ZadarmaPhones
from trunkline.presence.hosted_phones import HostedPhones
from trunkline.presence.hosted_registered import LOOK_EVERY, Registered
from trunkline.webhooks.address import AddressRules


@dataclass
class Cabinet:
    """Zadarma: `online` by extension; `refuses` with that status."""

    online: dict[str, bool] = field(default_factory=dict)
    refuses: int = 0
    asked: list[str] = field(default_factory=list)

    async def status(self, request: web.Request) -> web.Response:
        extension = request.match_info["extension"]
        self.asked.append(extension)
        if self.refuses:
            return web.json_response({"status": "error", "message": "Not authorized"}, status=self.refuses)
        told = {"status": "success", "number": extension, "is_online": str(self.online[extension]).lower()}
        return web.json_response(told)


@dataclass
class House:
    """The node that looks, its clock and the cabinet."""

    phones: HostedPhones
    cabinet: Cabinet
    now: float = 1000.0

    async def turn(self) -> None:
        await self.phones.look()
        await self.phones.publish(time.time() + self.now)


@asynccontextmanager
async def house(pool: Pool, redis: Redis, extensions: str = "101, 102") -> AsyncIterator[House]:
    cabinet = Cabinet({"101": True, "102": False})
    app = web.Application()
    app.router.add_get("/v1/pbx/internal/{extension}/status/", cabinet.status)
    server = TestServer(app)
    await server.start_server()
    async with pool.acquire() as connection:
        settings = {"api_url": str(server.make_url("")), "phones": extensions}
        pbx = HostedPbx(id="cloud", name="Cloud", kind="zadarma", settings=settings)
        await save_hosted(connection, BOX, pbx, {"secret": "s", "api_key": "k"})
    async with hosted_api(AddressRules(["127.0.0.0/8"])) as api:
        registered = Registered(pool, None, BOX, api, clock=lambda: made.now)
        made = House(HostedPhones(pool, redis, "one", registered), cabinet)
        yield made
    await server.close()


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ZadarmaPhones, "pace", 0)


async def test_who_is_registered_is_free_unless_he_is_in_a_call(pool: Pool, redis: Redis) -> None:
    async with house(pool, redis) as one:
        await joins(pool, "102")
        await one.turn()
        assert await shown(redis) == {"101": "not_inuse", "102": "inuse"}

        await pool.execute("delete from agent_calls")
        await one.turn()
        assert await shown(redis) == {"101": "not_inuse", "102": "unavailable"}
        assert one.cabinet.asked == ["101", "102"], "asked again before it is time to"


async def test_what_was_told_long_ago_is_unknown(pool: Pool, redis: Redis) -> None:
    async with house(pool, redis) as one:
        await one.turn()
        one.cabinet.refuses = 502
        one.now += LOOK_EVERY + 1
        await one.turn()
        assert await shown(redis) == {"101": "not_inuse", "102": "unavailable"}

        one.now += 2 * LOOK_EVERY
        await one.turn()
        assert await shown(redis) == {}


async def test_a_refusal_is_one_alarm_and_a_pause(pool: Pool, redis: Redis) -> None:
    async with house(pool, redis) as one:
        one.cabinet.refuses = 401
        await one.turn()
        one.now += LOOK_EVERY + 1
        await one.turn()
        assert one.cabinet.asked == ["101", "102"]
        reason = "select facts->>'reason' from alarms where cleared_at is null"
        assert await pool.fetchval(reason) == "HTTP 401 Not authorized"

        one.cabinet.refuses = 0
        one.now += 400
        await one.turn()
        assert await pool.fetchval(reason) is None
        assert (await shown(redis))["101"] == "not_inuse"


async def test_nobody_is_asked_about_who_is_not_named_or_from_a_node_without_the_seat(pool: Pool, redis: Redis) -> None:
    async with house(pool, redis, "") as one:
        await one.turn()
        assert one.cabinet.asked == []
    async with house(pool, redis) as one:
        await pool.execute("update pbx_acting set node = 'two', until = now() + interval '1 h'")
        await one.turn()
        assert one.cabinet.asked == []
