"""`/settings/dialing` and `/api/v1/do-not-call` as they are shipped."""

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role

PATH = "/settings/dialing"
LIMITS = {
    "allowed": "RU KZ",
    "denied": "+7809",
    "number_calls": "3",
    "number_minutes": "30",
    "ip_calls": "5",
    "ip_minutes": "50",
    "day_calls": "100",
    "day_minutes": "900",
    "longest_minutes": "20",
    "ring_seconds": "25",
    "callback_attempts": "2",
    "callback_pause_minutes": "30",
    "callback_short_seconds": "12",
    "callback_keep_hours": "24",
    "contact_most": "0",
    "contact_days": "7",
    "callback_opens": "10",
    "callback_closes": "20",
}


async def test_limits_are_saved(browser: Browser, pool: Pool) -> None:
    assert (await browser.send(PATH, LIMITS, page=PATH)).status == 303

    row = await pool.fetchrow("select * from dial_rules")
    assert row is not None
    assert (row["allowed"], row["denied"], row["number_calls"], row["ring_seconds"]) == (["RU", "KZ"], ["+7809"], 3, 25)
    assert (row["callback_attempts"], row["callback_opens"], row["callback_closes"]) == (2, 10, 20)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowed", "Russia"),
        ("denied", "809"),
        ("day_calls", "many"),
        ("day_calls", "٣"),
        ("ring_seconds", "4"),
    ],
)
@pytest.mark.parametrize(("language", "word"), [("en", "must be"), ("ru", "нужн")])
async def test_a_mistake_stands_beside_its_field(
    browser: Browser, pool: Pool, field: str, value: str, language: str, word: str
) -> None:
    answer = await browser.send(PATH, LIMITS | {field: value}, page=PATH, **{"Accept-Language": language})
    text = await answer.text()

    assert (answer.status, f'href="#{field}"' in text, word in text) == (422, True, True)
    assert await pool.fetchval("select number_calls from dial_rules") == 10


async def test_hours_must_end_after_they_begin(browser: Browser) -> None:
    answer = await browser.send(PATH, LIMITS | {"callback_closes": "10"}, page=PATH)
    assert (answer.status, 'href="#callback_closes"' in await answer.text()) == (422, True)


async def test_the_switch_is_an_alarm(browser: Browser, pool: Pool) -> None:
    await browser.send(f"{PATH}/switch", {"active": "off"}, page=PATH)
    assert "Let calls out again" in await text_of(browser, PATH)
    assert await pool.fetchval("select key from alarms where cleared_at is null") == "dialing.off"
    await browser.send(f"{PATH}/switch", {"active": "on"}, page=PATH)
    assert "Stop all calls" in await text_of(browser, PATH)
    assert await pool.fetchval("select count(*) from alarms where cleared_at is null") == 0
    assert (await browser.send(f"{PATH}/switch", {"active": "maybe"}, page=PATH)).status == 400


async def test_the_do_not_call_list(browser: Browser, pool: Pool) -> None:
    path = f"{PATH}/do-not-call"
    sent = {"number": "8 916 123-45-67", "reason": "<b>asked</b>"}
    assert "Nobody is on the list" in await text_of(browser, PATH)
    assert (await browser.send(path, sent, page=PATH)).status == 303
    assert (await browser.send(path, {"number": "101", "reason": ""}, page=PATH)).status == 422
    text = await text_of(browser, f"{PATH}?q=8916")
    assert "&lt;b&gt;asked&lt;/b&gt;" in text
    assert "No number begins so" in await text_of(browser, f"{PATH}?q=8495")
    assert (await browser.send(f"{path}/remove", {"number": "+79161234567"}, page=PATH)).status == 303
    assert (await browser.send(f"{path}/remove", {"number": "+79161234567"}, page=PATH)).status == 404
    rows = await pool.fetch("select action, object_id from audit where action like 'do_not_call%' order by id")
    assert [row["action"] for row in rows] == ["do_not_call.added", "do_not_call.removed"]
    assert "1234567" not in rows[0]["object_id"]


async def test_the_api(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    token = await token_of(pool, await add_person("boss", Role.SUPERVISOR))
    path = "/api/v1/do-not-call"
    for status in (201, 200):
        answer = await browser.post(path, json={"number": "89161234567", "reason": "asked"}, headers=token)
        assert (answer.status, (await answer.json())["number"]) == (status, "+79161234567")
    await browser.post(path, json={"number": "+79161234568", "reason": "a letter"}, headers=token)
    wrong = await browser.post(path, json={"number": "101", "reason": " "}, headers=token)
    assert [one["field"] for one in (await wrong.json())["mistakes"]] == ["$.number", "$.reason"]

    first = await (await browser.get(f"{path}?limit=1", headers=token)).json()
    rest = await (await browser.get(f"{path}?limit=1&cursor={first['next']}", headers=token)).json()
    assert [one["number"][-1] for one in (*first["items"], *rest["items"])] == ["8", "7"]
    assert rest["next"] is None
    assert (await browser.get(f"{path}?prefix=seven", headers=token)).status == 400
    assert [(await browser.delete(f"{path}/+79161234567", headers=token)).status for _ in range(2)] == [204, 404]
    agent = await token_of(pool, await add_person("anna"))
    assert (await browser.post(path, json={"number": "89161234567", "reason": "x"}, headers=agent)).status == 403
