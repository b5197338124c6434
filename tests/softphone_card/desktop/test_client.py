"""The helper's client at the application as it is shipped: what it hears, asks, survives, and when it stops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from softphone_card.desktop.client import CardRead, Client, Delays, Link, PresenceTold, Said, Server, Stopped, Why
from softphone_card.desktop.told import Changed, Elsewhere, Notice, Presence, State
from softphone_card.room import room_key
from tests.card.conftest import House, house
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.softphone_card.floor import CLIENT, Floor, call_of
from trunkline.db.types import Pool
from trunkline.people.roles import DESKTOP, Role
from trunkline.people.tokens import make_token

__all__ = ["house"]
QUICK = Delays(first=0.02, longest=0.1)
NOWHERE = "tl_0123456789ab_" + "x" * 43


class Ear:
    """Notes what the client says."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    async def until(self, true: Callable[[Said], bool]) -> Said:
        """Wait for one such saying, old or new."""
        await eventually(lambda: any(true(one) for one in self.said), 20)
        return next(one for one in self.said if true(one))

    def states(self) -> list[str]:
        """Of calls, in the order they were told."""
        return [call.state for one in self.said if isinstance(one, State | Changed) for call in one.calls]

    def cards(self) -> int:
        """How many were read."""
        return sum(isinstance(one, CardRead) for one in self.said)


async def desktop_token(pool: Pool, person: UUID) -> str:
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        return await make_token(connection, person, "laptop", DESKTOP, now + timedelta(hours=1), now)


@asynccontextmanager
async def helper(address: object, token: str, language: str = "en") -> AsyncIterator[tuple[Client, Ear]]:
    ear = Ear()
    client = Client(Server(str(address), token, language), ear.said.append, QUICK)
    task = asyncio.create_task(client.run())
    try:
        yield client, ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def anna(add_person: AddPerson) -> UUID:
    return await add_person("anna", Role.AGENT, extension="101")


async def test_it_hears_its_own_calls_and_stops_when_the_token_is_revoked(
    browser: Browser, pool: Pool, anna: UUID, floor: Floor
) -> None:
    async with helper(browser.make_url("/"), await desktop_token(pool, anna)) as (_, ear):
        await ear.until(lambda one: one is Link.CONNECTED)
        await floor.ring("101", 1, name="<b>Иванов</b>")
        ring = await ear.until(lambda one: isinstance(one, Changed))
        assert isinstance(ring, Changed)
        assert (ring.calls[0].other_name, ring.calls[0].other_shown) == ("<b>Иванов</b>", "+7 916 123-45-67")
        await floor.leave("101", 1)
        await eventually(lambda: ear.states() == ["ringing", "gone"])
        await pool.execute("update api_tokens set revoked_at = now()")
        stopped = await ear.until(lambda one: isinstance(one, Stopped))
        assert isinstance(stopped, Stopped)
        assert stopped.why is Why.TOKEN


async def test_the_card_of_several_is_asked_for_and_decided(browser: Browser, house: House, floor: Floor) -> None:
    await house.contact("Иванов", company="ООО «Ромашка»")
    petrov = await house.contact("Петров")
    call = str(await house.call())
    async with helper(browser.make_url("/"), await desktop_token(house.pool, house.anna), "ru") as (client, ear):
        await ear.until(lambda one: one is Link.CONNECTED)
        await client.read_card(call, CLIENT)
        read = await ear.until(lambda one: isinstance(one, CardRead))
        assert isinstance(read, CardRead)
        assert (read.call_id, read.other, len(read.card.choices)) == (call, CLIENT, 2)
        assert read.card.facts[0].name == "Куда"
        await client.choose(call, str(petrov), CLIENT)
        assert await ear.until(lambda one: isinstance(one, CardRead) and one.card.title == "Петров")
        before = ear.cards()
        await client.read_card(str(call_of(99)), CLIENT)  # there is no such call
        assert ear.cards() == before


async def test_the_presence_is_read_and_set(browser: Browser, pool: Pool, anna: UUID, add_person: AddPerson) -> None:
    await add_person("boris", Role.AGENT, extension="102")
    async with helper(browser.make_url("/"), await desktop_token(pool, anna)) as (client, ear):
        await ear.until(lambda one: one is Link.CONNECTED)
        await client.set_presence(Presence.BREAK)
        await client.read_presence()
        assert [one for one in ear.said if isinstance(one, PresenceTold)] == [PresenceTold(Presence.BREAK)] * 2


@pytest.mark.parametrize(
    ("role", "extension", "token", "why"),
    [
        (Role.AGENT, "101", NOWHERE, Why.TOKEN),
        (Role.AGENT, None, "", Why.RIGHT),
        (Role.MARKETER, "101", "", Why.RIGHT),
    ],
)
async def test_who_is_not_let_in_is_told_why_and_does_not_come_back(
    browser: Browser, pool: Pool, add_person: AddPerson, role: Role, extension: str | None, token: str, why: Why
) -> None:
    person = await add_person("anna", role, extension=extension)
    async with helper(browser.make_url("/"), token or await desktop_token(pool, person)) as (_, ear):
        assert await ear.until(lambda one: isinstance(one, Stopped)) == Stopped(why)
        assert Link.LOST not in ear.said


async def test_an_extension_that_moved_is_told_in_the_servers_words(browser: Browser, pool: Pool, anna: UUID) -> None:
    async with helper(browser.make_url("/"), await desktop_token(pool, anna)) as (_, ear):
        await ear.until(lambda one: one is Link.CONNECTED)
        await pool.execute("update people set extension = '109' where id = $1", anna)
        stopped = await ear.until(lambda one: isinstance(one, Stopped))
        assert isinstance(stopped, Stopped)
        assert (stopped.why, "109" in stopped.text) == (Why.TOLD, True)


async def test_a_server_that_stops_is_waited_for(
    browser: Browser, app: web.Application, pool: Pool, anna: UUID, floor: Floor
) -> None:
    async with helper(browser.make_url("/"), await desktop_token(pool, anna)) as (client, ear):
        await ear.until(lambda one: one is Link.CONNECTED)
        await floor.ring("101", 1)
        await eventually(lambda: ear.states() == ["ringing"])
        newest = client._last
        app[room_key].close()  # says goodbye to everybody, as at the end of the server
        await eventually(lambda: Link.LOST in ear.said)
        assert client._last == newest


async def test_it_comes_back_with_what_it_knew_whatever_the_server_says() -> None:
    """A server that talks nonsense, cuts, refuses, and at last is well again."""
    asked: list[str] = []

    async def socket(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["last"])
        if len(asked) == 3:
            raise web.HTTPServiceUnavailable
        response = web.WebSocketResponse()
        await response.prepare(request)
        await response.send_json({"type": "state", "event_id": 7 * len(asked), "extension": "101", "calls": []})
        if len(asked) == 1:
            await response.send_bytes(b"\x00")
            await response.send_str('{"type":"changed"}')
        elif len(asked) == 2:
            assert request.transport is not None
            request.transport.abort()
        async for frame in response:
            assert frame.type is WSMsgType.TEXT
        return response

    app = web.Application()
    app.router.add_get("/card/ws", socket)
    async with TestServer(app) as server, helper(server.make_url("/"), NOWHERE) as (_, ear):
        await eventually(lambda: ear.said.count(Link.CONNECTED) == 3)
        assert asked == ["0", "7", "14", "14"]
        assert ear.said.count(Link.LOST) == 3


async def test_what_is_for_me_is_told_and_what_is_new_is_passed_over() -> None:
    """Newer servers say more: nothing of it may cut the helper off from the calls."""
    asked: list[str] = []

    async def socket(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["presence"])
        response = web.WebSocketResponse()
        await response.prepare(request)
        notice = {"type": "notice", "kind": "question.asked", "href": "/questions/1", "text": "Boris asks"}
        for message in (
            {"type": "state", "event_id": 1, "extension": "101", "calls": []},
            {"type": "presence"},
            notice,
            {"type": "of tomorrow", "event_id": []},
            {"type": "changed", "event_id": 2, "calls": [{"call_id": "1", "event_id": 2, "state": "ringing"}]},
        ):
            await response.send_json(message)
        async for _frame in response:
            pass
        return response

    app = web.Application()
    app.router.add_get("/card/ws", socket)
    async with TestServer(app) as server, helper(server.make_url("/"), NOWHERE) as (client, ear):
        await ear.until(lambda one: isinstance(one, Changed))
        assert (asked, client._last) == (["yes"], 2)
        assert Link.LOST not in ear.said
        assert Notice("Boris asks", "/questions/1") in ear.said
        assert Elsewhere() in ear.said


async def test_what_is_said_of_me_elsewhere_is_told(browser: Browser, pool: Pool, anna: UUID) -> None:
    async with helper(browser.make_url("/"), await desktop_token(pool, anna)) as (client, ear):
        await eventually(lambda: ear.said.count(Elsewhere()) == 1)
        await client.set_presence(Presence.BREAK)
        await eventually(lambda: ear.said.count(Elsewhere()) == 2)
        assert ear.said.count(Link.CONNECTED) == 1


async def test_nobody_there_is_no_end() -> None:
    async with helper("http://127.0.0.1:9", NOWHERE) as (client, ear):
        await eventually(lambda: ear.said.count(Link.LOST) > 2)
        await client.read_card("x", "")
        await client.read_presence()
        assert not any(isinstance(one, Stopped | CardRead) for one in ear.said)


async def test_the_token_goes_nowhere_else() -> None:
    """A redirect of the API is not followed; one of the socket is, by aiohttp, without the token."""
    shown: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization", ""))
        return web.json_response({})

    other = web.Application()
    other.router.add_get("/{path:.*}", elsewhere)
    async with TestServer(other) as foreign:

        async def redirect(request: web.Request) -> web.Response:
            raise web.HTTPFound(foreign.make_url("/card/ws"))

        app = web.Application()
        app.router.add_get("/{path:.*}", redirect)
        async with TestServer(app) as server, helper(server.make_url("/"), NOWHERE) as (client, ear):
            await eventually(lambda: Link.LOST in ear.said)
            await client.read_card("1", "")
    assert set(shown) <= {""}
