"""The pages of deliveries and alarms, walked by a browser with an administrator's session."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import Browser, session_of
from trunkline.alarms import pages as alarm_pages
from trunkline.alarms import webhook_pages
from trunkline.alarms.alarm import Severity, raise_alarm
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import pool_key, redis_key, secret_box_key, settings_key
from trunkline.outbox import pages as outbox_pages
from trunkline.people.roles import Role
from trunkline.settings import load
from trunkline.web.guards import GUARDS, SURROUNDINGS, guard
from trunkline.web.preferences import routes as preference_routes
from trunkline.web.render import reader_middleware, setup_templates
from trunkline.web.security import Perimeter
from trunkline.webhooks.store import Announcement, announce

_DELIVERIES, _ALARMS = "/settings/deliveries", "/settings/alarms"


@pytest.fixture
async def app(pool: Pool, redis: Redis, secret_key: bytes) -> web.Application:
    app = web.Application(middlewares=[reader_middleware, *GUARDS])
    app[settings_key], app[pool_key], app[redis_key] = load(None, {}), pool, redis
    app[secret_box_key] = SecretBox(secret_key)
    setup_templates(
        app, packages=["trunkline.people", "trunkline.outbox", "trunkline.alarms"], surroundings=SURROUNDINGS
    )
    app.add_routes([*outbox_pages.routes(), *alarm_pages.routes(), *webhook_pages.routes(), *preference_routes()])
    guard(app, Perimeter.of(["127.0.0.1"], []))
    return app


@pytest.fixture
async def browser(app: web.Application, pool: Pool, add_person: AddPerson) -> AsyncIterator[Browser]:
    administrator = await add_person("admin", Role.ADMINISTRATOR)
    async with TestServer(app) as server, Browser(server) as browser:
        browser.plant(await session_of(pool, app, administrator))
        yield browser


async def _dead_letter(pool: Pool, number: int, *, parks: bool = False) -> None:
    await pool.execute(
        "insert into outbox_dead (id, stream, kind, idem, payload, attempts, error_class, error, parks, created_at) "
        "values ($1, 's', 'webhook', $1::bigint::text, $2, 3, 'unknown_outcome', '<b>HTTP 500</b>', $3, now())",
        number,
        {"data": "Иванов & Ко"},
        parks,
    )


async def _text(browser: Browser, path: str, status: int = 200) -> str:
    response = await browser.look(path)
    assert response.status == status
    return await response.text()


async def test_empty_pages_say_so(browser: Browser) -> None:
    assert "Nothing was given up" in await _text(browser, _DELIVERIES)
    assert "Nothing is wrong" in await _text(browser, _ALARMS)
    await _text(browser, f"{_DELIVERIES}/77", 404)
    await _text(browser, f"{_DELIVERIES}/x", 404)
    await _text(browser, f"{_DELIVERIES}?cursor=x", 400)


async def test_letters_are_ticked_and_sent_again_or_dropped(browser: Browser, pool: Pool) -> None:
    for number in (1, 2, 3):
        await _dead_letter(pool, number)
    await pool.execute(
        "insert into outbox_accounts (account, state, reason, until) values ('b24', 'blocked', '403', now())"
    )
    text = await _text(browser, _DELIVERIES)
    assert "&lt;b&gt;HTTP 500" in text
    assert "It refuses us." in text
    sent = await browser.send(_DELIVERIES, {"letters": "1", "action": "retry"}, page=_DELIVERIES)
    assert (sent.status, sent.headers["Location"]) == (303, _DELIVERIES)
    assert await pool.fetchval("select array_agg(id) from outbox") == [1]
    await browser.send(_DELIVERIES, {"letters": "2", "action": "drop"}, page=_DELIVERIES)
    assert await pool.fetchval("select array_agg(id) from outbox_dead") == [3]
    refused = await browser.send(_DELIVERIES, {"letters": "3", "action": "frame"}, page=_DELIVERIES)
    assert refused.status == 400
    await browser.send(f"{_DELIVERIES}/accounts", {"account": "b24"}, page=_DELIVERIES)
    assert await pool.fetchval("select count(*) from outbox_accounts") == 0
    assert "Delivered last" not in await _text(browser, _DELIVERIES)


async def test_why_is_said_in_the_readers_language(browser: Browser, pool: Pool) -> None:
    await _dead_letter(pool, 1)
    await pool.execute("update outbox_dead set error = 'no answer within 30 s'")
    await pool.execute(
        "insert into outbox_accounts (account, state, reason, until)"
        " values ('b24', 'blocked', 'no mail server is set ([mail] host)', now())"
    )
    for path in (_DELIVERIES, f"{_DELIVERIES}/1"):
        russian = await (await browser.look(path, **{"Accept-Language": "ru"})).text()
        assert "нет ответа за 30 с" in russian
        assert "no answer within 30 s" in await _text(browser, path)
    russian = await (await browser.look(_DELIVERIES, **{"Accept-Language": "ru"})).text()
    assert "почтовый сервер не указан" in russian


async def test_a_letter_is_mended_and_sent_again(browser: Browser, pool: Pool) -> None:
    await _dead_letter(pool, 1, parks=True)
    page = f"{_DELIVERIES}/1"
    text = await _text(browser, page)
    assert "Иванов &amp; Ко" in text
    wrong = await browser.send(page, {"payload": "[1"}, page=page)
    assert wrong.status == 422
    assert "is not a JSON object" in await wrong.text()
    assert (await browser.send(page, {"payload": '{"data": "mended"}'}, page=page)).status == 303
    assert await pool.fetchval("select payload from outbox") == {"data": "mended"}
    actions = [row["action"] for row in await pool.fetch("select action from audit order by id")]
    assert actions[-2:] == ["delivery.mended", "delivery.retried"]


async def test_recipients_and_endpoints_come_and_go(browser: Browser, pool: Pool) -> None:
    fields = {"email": "duty@example.com", "min_severity": "warning", "language": "ru"}
    wrong = await browser.send(f"{_ALARMS}/recipients", {**fields, "email": "nobody"}, page=_ALARMS)
    assert wrong.status == 422
    assert (await browser.send(f"{_ALARMS}/recipients", fields, page=_ALARMS)).status == 303
    endpoint = {"name": "CRM", "url": "https://crm.example/secret-path", "events": "call.ended"}
    assert (await browser.send(f"{_ALARMS}/webhooks", {**endpoint, "url": "x"}, page=_ALARMS)).status == 422
    made = await browser.send(f"{_ALARMS}/webhooks", endpoint, page=_ALARMS)
    assert "whsec_" in await made.text()
    text = await _text(browser, _ALARMS)
    assert "crm.example" in text
    assert "secret-path" not in text
    assert "whsec_" not in text
    known = await pool.fetchval("select id from webhook_endpoints")
    log = f"{_ALARMS}/webhooks/{known}"
    assert "Nothing was sent there yet" in await _text(browser, log)
    async with pool.acquire() as connection, connection.transaction():
        await announce(
            connection, [Announcement("call.ended", "call:1", "call:1:ended", datetime.now(UTC), {"talk": 7})]
        )
    text = await _text(browser, log)
    assert ("not delivered yet" in text, "a call ended" in text, "&#34;talk&#34;: 7" in text) == (True, True, True)
    assert (await browser.send(f"{log}/again", {"delivery": "nothing"}, page=log)).status == 404
    assert (await browser.look(f"{_ALARMS}/webhooks/x")).status == 404
    for action in ("off", "on", "remove"):
        sent = await browser.send(f"{_ALARMS}/webhooks/{known}", {"action": action}, page=_ALARMS)
        assert sent.status == 303
    assert await pool.fetchval("select count(*) from webhook_endpoints") == 0
    recipient = await pool.fetchval("select id from alarm_recipients")
    await browser.send(f"{_ALARMS}/recipients/{recipient}/remove", {}, page=_ALARMS)
    assert await pool.fetchval("select count(*) from alarm_recipients") == 0
    gone = await browser.send(f"{_ALARMS}/webhooks/{known}", {"action": "off"}, page=_ALARMS)
    assert gone.status == 404


async def test_a_test_alarm_is_raised_and_cleared(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await raise_alarm(connection, "disk:a", Severity.CRITICAL, "The disk of %(node)s", {"node": "a"})
    assert (await browser.send(f"{_ALARMS}/test", {}, page=_ALARMS)).status == 303
    text = await _text(browser, _ALARMS)
    assert "The disk of a" in text
    assert "A test: this is how an alarm reaches you" in text
