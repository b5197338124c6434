"""The card's socket at the composed application: who gets in, what it says, and what ends it."""

import asyncio
import json
import re
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web

from softphone_card.message import Closing
from softphone_card.room import Terms, room_key
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.softphone_card.conftest import QUICK
from tests.softphone_card.floor import CLIENT, Floor, call_of
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, QueueBrief
from trunkline.people.roles import Right, Role


@pytest.fixture
async def anna(add_person: AddPerson) -> UUID:
    return await add_person("anna", Role.AGENT, extension="101")


@asynccontextmanager
async def card_of(
    browser: Browser, pool: Pool, app: web.Application, person: UUID, query: str = "", **headers: str
) -> AsyncIterator[ClientWebSocketResponse]:
    """An open card of `person`, in a browser of his own."""
    async with another(browser, await session_of(pool, app, person)) as own, opened(own, query, **headers) as card:
        yield card


@asynccontextmanager
async def opened(browser: Browser, query: str = "", **headers: str) -> AsyncIterator[ClientWebSocketResponse]:
    ours = {"Origin": str(browser.make_url("/")).rstrip("/"), "Accept-Language": "en"}
    async with browser.session.ws_connect(browser.make_url(f"/card/ws{query}"), headers=ours | headers) as card:
        yield card


async def hear(card: ClientWebSocketResponse) -> dict[str, Any]:
    told: dict[str, Any] = await card.receive_json(timeout=5)
    return told


async def goodbye(card: ClientWebSocketResponse) -> tuple[int, str]:
    """The code and sentence a card is closed with; both ways of saying it agree."""
    while (told := await hear(card))["type"] != "goodbye":
        pass
    closing = await card.receive(timeout=5)
    assert closing.type is WSMsgType.CLOSE
    assert closing.data == told["code"]
    return told["code"], told["message"]


async def refused(browser: Browser, query: str = "", **headers: str) -> int:
    with pytest.raises(WSServerHandshakeError) as refusal:
        async with opened(browser, query, **headers):
            pass
    return refusal.value.status


async def test_the_state_comes_first_and_then_what_changes(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, floor: Floor
) -> None:
    call = await floor.ring("101", 1, name="<b>Иванов</b>")
    async with card_of(browser, pool, app, anna) as card:
        state = await hear(card)
        (shown,) = state["calls"]
        assert (state["type"], state["extension"], shown["call_id"]) == ("state", "101", str(call))
        assert (shown["state"], shown["other"], shown["other_shown"]) == ("ringing", CLIENT, "+7 916 123-45-67")
        assert (shown["other_name"], shown["line_shown"]) == ("<b>Иванов</b>", "+7 495 123-45-67")
        assert 0 <= shown["seconds"] < 5
        await floor.answer("101", 1)
        await floor.leave("101", 1)
        talking, gone = await hear(card), await hear(card)
        assert [one["state"] for one in (*talking["calls"], *gone["calls"])] == ["talking", "gone"]
        assert state["event_id"] < talking["event_id"] < gone["event_id"]


async def test_several_tabs_show_the_same(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, floor: Floor
) -> None:
    async with card_of(browser, pool, app, anna) as one, card_of(browser, pool, app, anna) as two:
        await hear(one)
        await hear(two)
        await floor.ring("101", 1)
        assert await hear(one) == await hear(two)


async def test_a_colleague_is_told_nothing(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, add_person: AddPerson, floor: Floor
) -> None:
    boris = await add_person("boris", Role.AGENT, extension="102")
    async with card_of(browser, pool, app, boris) as card:
        await hear(card)
        await floor.ring("101", 1)
        await floor.ring("102", 2)
        assert [one["call_id"] for one in (await hear(card))["calls"]] == [str(call_of(2))]


async def test_a_dropped_card_resumes(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, floor: Floor
) -> None:
    await floor.ring("101", 1)
    async with card_of(browser, pool, app, anna) as card:
        last = (await hear(card))["event_id"]
    await floor.leave("101", 1)
    await floor.ring("101", 2)
    async with card_of(browser, pool, app, anna, f"?last={last}") as card:
        state = await hear(card)
        assert [one["call_id"] for one in state["calls"]] == [str(call_of(2))]
        assert state["event_id"] > last
        await card.send_json({"type": "resume", "last": last})
        assert (await hear(card))["calls"][0]["call_id"] == str(call_of(2))


async def test_who_may_not_is_refused_before_anything_is_opened(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, add_person: AddPerson
) -> None:
    assert await refused(browser) == 401
    marketer = await add_person("mark", Role.MARKETER, extension="103")
    async with another(browser, await session_of(pool, app, marketer)) as own:
        assert await refused(own) == 403
    async with another(browser, await session_of(pool, app, anna)) as own:
        assert await refused(own, Origin="https://evil.example") == 403
        assert await refused(own, Origin="null") == 403
        assert await refused(own, **{"Sec-Fetch-Site": "cross-site"}) == 403
        assert await refused(own, "?last=-1") == 400
        assert await refused(own, "?last=%D9%A1") == 400
        answer = await own.get("/card/ws", headers={"Accept-Language": "en"})
        assert answer.status == 400
        assert "WebSocket" in await answer.text()


async def test_without_an_extension_it_says_what_is_missing(
    browser: Browser, pool: Pool, app: web.Application, add_person: AddPerson
) -> None:
    newcomer = await add_person("newcomer", Role.AGENT)
    async with another(browser, await session_of(pool, app, newcomer)) as own:
        assert await refused(own) == 403
        answer = await own.get("/card/ws", headers={"Accept-Language": "ru"})
        assert "внутреннего номера" in (await answer.json())["message"]
        text = await (await own.look("/card", **{"Accept-Language": "ru"})).text()
        assert "У вас нет внутреннего номера" in text
        assert "card.js" not in text


@pytest.mark.parametrize(
    ("frame", "code", "why"),
    [
        ("hello", Closing.UNREADABLE, "malformed"),
        ('{"type": "shout"}', Closing.UNREADABLE, "resume"),
        ('{"type": "resume", "last": -5}', Closing.UNREADABLE, "$.last"),
        ('{"type": "resume", "more": 1}', Closing.UNREADABLE, "more"),
        ("[]", Closing.UNREADABLE, "resume"),
        (b"\xff\x00\xfe", Closing.UNREADABLE, "resume"),
        ("x" * 4097, Closing.TOO_LONG, "4096"),
        ("я" * 2049, Closing.TOO_LONG, "4096"),
    ],
)
async def test_garbage_is_answered_and_ends_the_card(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, frame: str | bytes, code: Closing, why: str
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        await (card.send_bytes(frame) if isinstance(frame, bytes) else card.send_str(frame))
        told = await goodbye(card)
        assert told[0] == code
        assert why in told[1]


async def test_a_frame_far_too_long_ends_the_card(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        await card.send_str("x" * 100_000)
        closing = await card.receive(timeout=5)
        assert (closing.type, closing.data) == (WSMsgType.CLOSE, 1009)


async def test_a_flood_of_frames_ends_the_card(browser: Browser, pool: Pool, app: web.Application, anna: UUID) -> None:
    async with card_of(browser, pool, app, anna) as card:
        for _ in range(60):
            await card.send_json({"type": "resume", "last": 0})
        assert (await goodbye(card))[0] == Closing.TOO_MUCH


@pytest.mark.parametrize("terms", [replace(QUICK, most_cards=1)])
async def test_too_many_tabs_are_refused(browser: Browser, pool: Pool, app: web.Application, anna: UUID) -> None:
    async with card_of(browser, pool, app, anna) as first, card_of(browser, pool, app, anna) as second:
        assert (await hear(first))["type"] == "state"
        assert (await goodbye(second))[0] == Closing.TOO_MUCH


async def test_the_end_of_the_session_ends_its_cards(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, floor: Floor
) -> None:
    async with card_of(browser, pool, app, anna) as ending, card_of(browser, pool, app, anna) as staying:
        await hear(ending)
        await hear(staying)
        await pool.execute("delete from sessions where id = (select min(id::text)::uuid from sessions)")
        assert await goodbye(ending) == (Closing.SESSION_OVER, "Your session has ended: sign in again.")
        await floor.ring("101", 1)
        assert (await hear(staying))["type"] == "changed"


async def test_an_open_card_keeps_its_session_in_use(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        await pool.execute("update sessions set seen_at = now() - interval '90 minutes'")

        async def seen() -> bool:
            return bool(await pool.fetchval("select seen_at > now() - interval '1 minute' from sessions"))

        await eventually(seen, 5)


async def test_a_person_who_lost_his_rights_is_told_no_more(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        await pool.execute("update accounts set role = 'marketer' where person_id = $1", anna)
        assert (await goodbye(card))[0] == Closing.SESSION_OVER


# What it changes in two steps is not looked at between them.
@pytest.mark.parametrize("terms", [Terms(check_seconds=60.0)])
async def test_an_extension_that_is_given_to_another_ends_the_first_ones_card(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, add_person: AddPerson
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        await pool.execute("update people set extension = null where id = $1", anna)
        boris = await add_person("boris", Role.AGENT, extension="101")
        async with card_of(browser, pool, app, boris) as own:
            assert (await hear(own))["extension"] == "101"
            code, why = await goodbye(card)
            assert code == Closing.EXTENSION_TAKEN
            assert "Boris" in why


async def test_a_new_extension_ends_the_card_of_the_old_one(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        await pool.execute("update people set extension = '109' where id = $1", anna)
        code, why = await goodbye(card)
        assert code == Closing.EXTENSION_TAKEN
        assert "109" in why


async def test_a_program_with_a_token_is_served_too_until_it_is_revoked(
    browser: Browser, pool: Pool, anna: UUID, floor: Floor
) -> None:
    async with opened(browser, **await token_of(pool, anna, [Right.CARD_USE])) as card:
        assert (await hear(card))["type"] == "state"
        await floor.ring("101", 1)
        assert (await hear(card))["calls"][0]["state"] == "ringing"
        await pool.execute("update api_tokens set revoked_at = now()")
        assert (await goodbye(card))[0] == Closing.SESSION_OVER


async def test_who_does_not_read_is_cut_off_and_the_others_are_served(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, floor: Floor
) -> None:
    secret = await session_of(pool, app, anna)
    async with card_of(browser, pool, app, anna) as reading:
        await hear(reading)
        with sockets.socket() as silent:
            silent.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            url = browser.make_url("/card/ws")
            silent.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(silent, (url.host, url.port))
            await loop.sock_sendall(silent, _handshake(str(url.authority), secret))
            assert b" 101 " in await loop.sock_recv(silent, 200)
            await eventually(lambda: len(app[room_key]) == 2)
            feed = app[room_key].feed
            await floor.ring("101", 1, other="x" * 60_000)
            await hear(reading)
            ((_, row),) = feed._rows.items()
            for number in range(1, 400):
                feed._take([_again(row, row.event_id + number)])
                await hear(reading)  # it reads, and misses nothing
                if len(app[room_key]) == 1:
                    break
            await eventually(lambda: len(app[room_key]) == 1)


async def test_a_server_that_stops_says_so(
    database_url: str, pool: Pool, app: web.Application, browser: Browser, anna: UUID
) -> None:
    async with card_of(browser, pool, app, anna) as card:
        await hear(card)
        app[room_key].close()
        assert (await goodbye(card))[0] == Closing.RESTART


async def test_the_page_holds_the_ring_before_any_socket_is_open(
    browser: Browser,
    pool: Pool,
    app: web.Application,
    anna: UUID,
    floor: Floor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Directory, "head", Head(queues={"q1": QueueBrief("q1", "Отдел <продаж>", "sales")}))
    call = await floor.ring("101", 1, name='"><script>alert(1)</script>')
    async with another(browser, await session_of(pool, app, anna)) as own:
        text = await (await own.look("/card", **{"Accept-Language": "ru"})).text()
    assert str(call) in text
    (told,) = re.findall("data-told='([^']*)'", text)
    (ring,) = json.loads(told)["calls"]
    assert (ring["queue"], ring["queue_shown"]) == ("sales", "Отдел <продаж>")
    assert "<продаж>" not in told
    assert "Ждём звонка" in text
    assert "<script>alert" not in text
    assert "/presence" in text


def _again(row: Any, event_id: int) -> Any:
    return type(row)(**{name: getattr(row, name) for name in row.__struct_fields__} | {"event_id": event_id})


def _handshake(authority: str, secret: str) -> bytes:
    lines = (
        "GET /card/ws HTTP/1.1",
        f"Host: {authority}",
        f"Cookie: trunkline={secret}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    return "\r\n".join((*lines, "", "")).encode()


async def test_what_others_say_of_me_is_told_to_a_page_that_asks(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, add_person: AddPerson
) -> None:
    """A feature code, a supervisor, a program, an absence: each is a row; a colleague's is nobody's business here."""
    boris = await add_person("boris", Role.AGENT, extension="102")
    async with card_of(browser, pool, app, anna, "?presence=yes") as card:
        assert (await hear(card))["type"] == "state"
        assert await hear(card) == {"type": "presence"}, "the page may be older than the socket"
        for statement in (
            "insert into presence_states (person_id, state, reason, since) values ($1, 'break', 'lunch', now())",
            "update presence_states set state = 'online', reason = '', since = now() where person_id = $1",
            "insert into absences (id, person_id, starts_at, ends_at)"
            " values (gen_random_uuid(), $1, now(), now() + '1 hour')",
        ):
            await pool.execute(statement, boris)
            await pool.execute(statement, anna)
            assert await hear(card) == {"type": "presence"}
        await app[room_key].check(datetime.now(UTC))
        await card.send_json({"type": "resume", "last": 0})
        assert (await hear(card))["type"] == "state", "told once"


async def test_the_part_of_the_page_is_asked_for_alone(
    browser: Browser, pool: Pool, app: web.Application, anna: UUID, add_person: AddPerson
) -> None:
    boris = await add_person("boris", Role.AGENT, extension="102")
    await pool.execute("insert into presence_states (person_id, state, since) values ($1, 'break', now())", anna)
    part = {"HX-Request": "true", "HX-Target": "own-presence"}
    async with another(browser, await session_of(pool, app, anna)) as own:
        assert f'data-presence="/presence/{anna}"' in await (await own.look("/card")).text()
        text = await (await own.look(f"/presence/{anna}", **part)).text()
        assert (await own.look(f"/presence/{boris}", **part)).status == 404

    assert text.lstrip().startswith('<div id="own-presence"')
    assert 'aria-label="Presence: on a break"' in text, text
