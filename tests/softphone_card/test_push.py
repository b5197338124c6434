"""Rings told by Web Push: to whom, when not, in which words, and what a push service may do to us."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientWebSocketResponse, web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis

from softphone_card.push import pages
from softphone_card.push.pages import pusher_key
from softphone_card.push.post import push_session
from softphone_card.push.sealing import PrivateKey, encrypt, from_base64url, point
from softphone_card.push.store import MOST_BROWSERS
from softphone_card.room import room_key
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, browsing, session_of
from tests.softphone_card.floor import Floor, call_of
from tests.softphone_card.push_service import PushService, push_service
from tests.softphone_card.test_socket import hear, opened
from tests.web.composed import compose, token_of
from trunkline.db.types import Pool
from trunkline.keys import secret_box_key
from trunkline.people.roles import Role
from trunkline.people.sessions import sweep
from trunkline.web.auth import lifetime_of

SHOWN = "+7 916 123-45-67"


def test_the_example_of_rfc_8291() -> None:
    """Appendix A, byte for byte."""
    own = _private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    receiver = from_base64url("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    auth, salt = from_base64url("BTBZMqHH6r4Tts7J_aSIgg"), from_base64url("DGv6ra1nlYgDCS1FRnbzlw")
    expected = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    message = b"When I grow up, I want to be a watermelon"
    assert encrypt(message, receiver, auth, own=own, salt=salt) == from_base64url(expected)


def _private(text: str) -> PrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(text)), ec.SECP256R1())


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with push_service(tmp_path) as service:
        monkeypatch.setattr(pages, "push_session", partial(push_session, tls=service.trusting))
        yield service


@pytest.fixture
def app(database_url: str, valkey_url: str, redis: Redis, data_dir: Path, service: PushService) -> web.Application:
    private = {"TRUNKLINE_WEB_PUSH_PRIVATE_ADDRESSES": "127.0.0.0/8,::1"}
    return compose(database_url, valkey_url, data_dir, **private)


@pytest.fixture
async def anna(add_person: AddPerson) -> UUID:
    return await add_person("anna", Role.AGENT, extension="101")


@pytest.fixture
async def browser(app: web.Application, pool: Pool, anna: UUID) -> AsyncIterator[Browser]:
    """Anna is signed in."""
    async with browsing(app) as browser:
        browser.plant(await session_of(pool, app, anna))
        yield browser


async def agree(browser: Browser, body: object, **headers: str) -> tuple[int, Any]:
    """What the page sends."""
    token = {"X-CSRF-Token": await browser.token("/card"), "Accept-Language": "en"} | headers
    answer = await browser.post("/card/push", json=body, headers=token)
    return answer.status, await answer.json() if answer.status != 204 else None


async def show(card: ClientWebSocketResponse, *, visible: bool) -> None:
    await card.send_json({"type": "seen", "visible": visible})
    await card.send_json({"type": "resume", "last": 0})
    await hear(card)  # what was said before it is known now


async def rings_untold(app: web.Application, floor: Floor, extension: str, number: int) -> None:
    """A ring, until it was looked at."""
    await floor.ring(extension, number)
    key = (call_of(number), extension)
    await eventually(lambda: app[room_key].feed.row(key) is not None and not app[pusher_key].busy)


async def count(pool: Pool) -> int:
    return int(await pool.fetchval("select count(*) from push_subscriptions"))


async def test_a_ring_is_told_and_its_end_replaces_it(
    browser: Browser, service: PushService, floor: Floor, pool: Pool
) -> None:
    key = (await (await browser.get("/card/push")).json())["key"]
    assert await agree(browser, service.subscription()) == (204, None)
    call = await floor.ring("101", 1, name="<b>Иванов</b>")
    told = await service.hear()

    assert told.letter == {
        "kind": "ring",
        "call": str(call),
        "title": "Rings: <b>Иванов</b>",
        "body": f"{SHOWN} · to +7 495 123-45-67",
        "url": "/card",
    }
    assert (told.headers["TTL"], told.headers["Urgency"], told.key) == ("30", "high", key)
    assert len(told.headers["Topic"]) == 32
    assert told.claims["sub"].startswith("mailto:")
    assert 0 < told.claims["exp"] - time.time() <= 24 * 3600
    await floor.answer("102", 1, "101")
    over = await service.hear()
    assert (over.letter["kind"], over.letter["body"]) == ("over", "A colleague answered")
    assert over.headers["Topic"] == told.headers["Topic"]

    await floor.ring("101", 2, other="")
    assert (await service.hear()).letter["title"] == "Rings: Hidden number"
    await floor.answer("101", 2)
    assert (await service.hear()).letter["body"] == "You are talking"
    await floor.ring("101", 3)
    assert (await service.hear()).letter["title"] == f"Rings: {SHOWN}"
    await floor.leave("101", 3)
    assert (await service.hear()).letter["body"] == "It rang and was not answered here"
    assert service.pushed.empty()


async def test_who_sees_a_card_is_not_told(
    browser: Browser, app: web.Application, service: PushService, floor: Floor
) -> None:
    await agree(browser, service.subscription())
    async with opened(browser) as card:
        await hear(card)
        await show(card, visible=True)
        await rings_untold(app, floor, "101", 1)
        await show(card, visible=False)
        await floor.ring("101", 2)
        assert (await service.hear()).letter["call"] == str(call_of(2)), "not the first"
        await show(card, visible=True)
    await floor.ring("101", 3)
    assert (await service.hear()).letter["call"] == str(call_of(3)), "a closed card is seen by nobody"
    assert service.pushed.empty()


async def test_a_card_seen_in_another_process_counts(
    browser: Browser, app: web.Application, service: PushService, floor: Floor, redis: Redis, anna: UUID
) -> None:
    await agree(browser, service.subscription())
    await redis.zadd(f"card:seen:{anna}", {"another": time.time() + 600})
    await rings_untold(app, floor, "101", 1)
    await redis.zadd(f"card:seen:{anna}", {"another": time.time() - 1})
    await floor.ring("101", 2)
    assert (await service.hear()).letter["call"] == str(call_of(2))
    assert service.pushed.empty()


async def test_two_processes_tell_a_ring_once(
    browser: Browser, service: PushService, floor: Floor, database_url: str, valkey_url: str, data_dir: Path
) -> None:
    await agree(browser, service.subscription())
    private = {"TRUNKLINE_WEB_PUSH_PRIVATE_ADDRESSES": "127.0.0.0/8,::1"}
    async with browsing(compose(database_url, valkey_url, data_dir, **private)) as second:
        assert second.app is not None
        await floor.ring("101", 1)
        first = await service.hear()
        await floor.leave("101", 1)
        assert (first.letter["kind"], (await service.hear()).letter["kind"]) == ("ring", "over")
        await floor.ring("101", 2)
        assert (await service.hear()).letter["call"] == str(call_of(2))
        assert service.pushed.empty()


async def test_whoever_may_not_is_told_nothing(
    browser: Browser, app: web.Application, service: PushService, floor: Floor, pool: Pool, anna: UUID
) -> None:
    await agree(browser, service.subscription())
    await pool.execute("update accounts set role = 'marketer' where person_id = $1", anna)
    await rings_untold(app, floor, "101", 1)
    await pool.execute("update accounts set role = 'agent' where person_id = $1", anna)
    await pool.execute("update people set extension = '109' where id = $1", anna)
    await rings_untold(app, floor, "101", 2)
    await floor.ring("109", 3)
    assert (await service.hear()).letter["call"] == str(call_of(3))
    await pool.execute("update people set active = false where id = $1", anna)
    await rings_untold(app, floor, "109", 4)
    await pool.execute("update people set active = true where id = $1", anna)
    await floor.ring("109", 5)
    assert (await service.hear()).letter["call"] == str(call_of(5))


async def test_who_signs_out_is_told_no_more(browser: Browser, service: PushService, pool: Pool) -> None:
    await agree(browser, service.subscription())
    assert (await browser.send("/logout", {}, page="/card")).status == 303
    assert await count(pool) == 0


async def test_an_idle_session_lets_nobody_in_and_is_told_of_rings(
    browser: Browser, app: web.Application, service: PushService, floor: Floor, pool: Pool, anna: UUID
) -> None:
    await agree(browser, service.subscription())
    await session_of(pool, app, anna)
    await pool.execute("update sessions set seen_at = now() - interval '3 hours'")
    async with pool.acquire() as connection:
        await sweep(connection, lifetime_of(app), datetime.now(UTC))
    assert await pool.fetchval("select count(*) from sessions") == 1, "the other is swept"
    assert (await browser.get("/card", headers=HTML, allow_redirects=False)).status == 303
    await floor.ring("101", 1)
    await service.hear()
    await pool.execute("update sessions set expires_at = now()")
    async with pool.acquire() as connection:
        await sweep(connection, lifetime_of(app), datetime.now(UTC))
    assert await count(pool) == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_over_is_forgotten(
    browser: Browser, service: PushService, floor: Floor, pool: Pool, status: int
) -> None:
    await agree(browser, service.subscription())
    service.status = status
    await floor.ring("101", 1)
    await service.hear()

    async def forgotten() -> bool:
        return await count(pool) == 0

    await eventually(forgotten)


@pytest.mark.parametrize("status", [400, 413, 429, 500, 302])
async def test_a_refusal_is_borne(
    browser: Browser, service: PushService, floor: Floor, pool: Pool, status: int
) -> None:
    await agree(browser, service.subscription())
    service.status = status
    await floor.ring("101", 1)
    await service.hear()
    service.status = 201
    await floor.ring("101", 2)
    assert (await service.hear()).letter["call"] == str(call_of(2))
    assert await count(pool) == 1


async def test_a_service_that_hangs_delays_no_card(
    browser: Browser, app: web.Application, service: PushService, floor: Floor
) -> None:
    app[pusher_key].most_at_once = 3
    await agree(browser, service.subscription())
    service.hold.clear()
    async with opened(browser) as card:
        await hear(card)
        for number in range(1, 9):
            await floor.ring("101", number)
            assert (await hear(card))["type"] == "changed"
    service.hold.set()
    told = {(await service.hear()).letter["call"] for _ in range(3)}
    assert len(told) == 3
    await asyncio.sleep(0)
    assert service.pushed.empty(), "those over the bound are dropped"


async def test_a_person_has_so_many_browsers_and_no_more(browser: Browser, service: PushService, pool: Pool) -> None:
    for number in range(MOST_BROWSERS + 2):
        assert (await agree(browser, service.subscription(str(number))))[0] == 204
    assert await count(pool) == MOST_BROWSERS
    kept = await pool.fetch("select endpoint from push_subscriptions")
    assert not {row["endpoint"].rpartition("/")[2] for row in kept} & {"0", "1"}


async def test_a_browser_can_be_taken_out(browser: Browser, service: PushService, pool: Pool) -> None:
    await agree(browser, service.subscription())
    await agree(browser, service.subscription())
    assert await count(pool) == 1
    headers = {"X-CSRF-Token": await browser.token("/card")}
    body = {"endpoint": service.subscription()["endpoint"]}
    assert (await browser.post("/card/push/end", json=body, headers=headers)).status == 204
    assert await count(pool) == 0


async def test_bad_subscriptions(browser: Browser, service: PushService, pool: Pool, anna: UUID) -> None:
    good = service.subscription()
    point_off_the_curve = "BA" + good["keys"]["p256dh"][2:-4] + "AAAA"
    for changed, field in (
        ({"endpoint": "http://push.example.com/1"}, "endpoint"),
        ({"endpoint": "https://user@push.example.com/1"}, "endpoint"),
        ({"endpoint": "https://"}, "endpoint"),
        ({"endpoint": "https://[::1"}, "endpoint"),
        ({"endpoint": "https://push.example.com/" + "x" * 1000}, "endpoint"),
        ({"endpoint": "https://10.0.0.1/x"}, "endpoint"),
        ({"endpoint": "https://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "https://2130706433/x"}, "endpoint"),
        ({"endpoint": "https://127.1/x"}, "endpoint"),
        ({"endpoint": "https://0x7f000001/x"}, "endpoint"),
        ({"endpoint": "https://[::1]/x"}, "endpoint"),
        ({"endpoint": 7}, "$.endpoint"),
        ({"keys": good["keys"] | {"auth": "AAAA"}}, "keys.auth"),
        ({"keys": good["keys"] | {"auth": "*"}}, "keys.auth"),
        ({"keys": good["keys"] | {"p256dh": point_off_the_curve}}, "keys.p256dh"),
        ({"keys": good["keys"] | {"p256dh": "AAAA"}}, "keys.p256dh"),
        ({"expirationTime": 1e300}, "expirationTime"),
    ):
        status, told = await agree(browser, good | changed)
        assert (status, told["mistakes"][0]["field"]) == (400, field), changed
    assert (await agree(browser, good | {"more": "x" * 5000}))[0] == 400
    assert (await browser.post("/card/push", json=good)).status == 403, "no token of the page"
    program = await browser.post("/card/push", json=good, headers=await token_of(pool, anna))
    assert program.status == 403
    assert await count(pool) == 0


async def test_a_name_that_leads_inside_is_not_followed(
    database_url: str, valkey_url: str, data_dir: Path, pool: Pool, anna: UUID, service: PushService, floor: Floor
) -> None:
    """`localhost` is no address by its spelling; the resolver refuses it when it is connected to."""
    app = compose(database_url, valkey_url, data_dir)
    async with browsing(app) as browser:
        browser.plant(await session_of(pool, app, anna))
        assert (await agree(browser, service.subscription()))[0] == 204
        await floor.ring("101", 1)
        await eventually(lambda: bool(app[pusher_key]._told) and not app[pusher_key].busy)
    assert service.pushed.empty()


async def test_the_key_is_kept_sealed(browser: Browser, app: web.Application, pool: Pool) -> None:
    key = (await (await browser.get("/card/push")).json())["key"]
    (sealed,) = [row["sealed"] for row in await pool.fetch("select sealed from push_key")]
    assert from_base64url(key) not in sealed
    box = app[secret_box_key]
    raw = box.open(sealed)
    with pytest.raises(Exception, match="sealed with another key") as caught:
        box.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert isinstance(caught.value.__cause__, InvalidTag)
    assert raw not in sealed
    assert len(from_base64url(key)) == len(point(_private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")))


async def test_the_worker_is_open_and_may_speak_for_the_card(browser: Browser) -> None:
    answer = await browser.get("/card/worker.js")
    assert (answer.status, answer.headers["Service-Worker-Allowed"]) == (200, "/card")
    assert answer.content_type == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
