"""`/api/v1/callbacks` and `/callbacks` as they are shipped."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role

PATH = "/api/v1/callbacks"
CLIENT = "+79161234567"
BODY = {"number": CLIENT, "queue": "sales"}


@pytest.fixture(autouse=True)
async def _company(pool: Pool) -> None:
    await pool.execute("insert into departments (id, slug, name) values ($1, 'sales', 'Sales')", uuid4())
    await pool.execute(
        "insert into queues (id, name, target, department_id) select 'sales', 'Sales', 'sales', id from departments"
    )
    await pool.execute("insert into queues (id, name, target) values ('other', 'Other', 'other')")


@pytest.fixture
async def token(pool: Pool, add_person: AddPerson) -> dict[str, str]:
    return await token_of(pool, await add_person("root2", Role.ADMINISTRATOR, every_department=True, every_line=True))


async def ask(browser: Browser, token: dict[str, str], **change: Any) -> tuple[int, dict[str, Any]]:
    answer = await browser.post(PATH, json=BODY | change, headers=token)
    return answer.status, await answer.json()


async def test_a_callback_is_asked_once(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    first = await ask(browser, token, number="8 916 123 45 67", source="widget", ip="203.0.113.5")
    again = await ask(browser, token, source="bot")

    assert (first[0], again[0], first[1]["added"], again[1]["added"]) == (201, 200, True, False)
    assert first[1]["id"] == again[1]["id"]
    row = await pool.fetchrow("select number, source, host(ip) as ip, zone, state from callbacks")
    assert row is not None
    assert tuple(row) == (CLIENT, "widget", "203.0.113.5", "Europe/Moscow", "waiting")
    told = await (await browser.get(f"{PATH}/{first[1]['id']}", headers=token)).json()
    assert (told["number"], told["queue"], told["attempts"]) == (CLIENT, "sales", 0)


async def test_the_same_key_is_the_same_callback(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    key = {"Idempotency-Key": "form-7"}
    first = await ask(browser, token | key)
    assert (await browser.delete(f"{PATH}/{first[1]['id']}", headers=token)).status == 204
    again = await ask(browser, token | key)

    assert (again[0], again[1]) == (200, {"id": first[1]["id"], "added": False})
    assert await pool.fetchval("select count(*) from callbacks") == 1
    assert (await browser.delete(f"{PATH}/{first[1]['id']}", headers=token)).status == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"queue": "nowhere"}, "$.queue"),
        ({"agent": "999"}, "$.agent"),
        ({"ip": "the moon"}, "$.ip"),
        ({"line": "+74950000000"}, "$.line"),
        ({"source": ""}, "$.source"),
        ({"wanted_at": "2026-08-06T14:00:00"}, "$.wanted_at"),
        ({"wanted_at": "2099-08-06T14:00:00+03:00"}, "$.wanted_at"),
        ({"wanted_at": "tomorrow"}, "$.wanted_at"),
        ({"colour": "red"}, "$"),
    ],
)
async def test_a_mistake_names_its_field(
    browser: Browser, pool: Pool, token: dict[str, str], change: dict[str, Any], field: str
) -> None:
    status, told = await ask(browser, token, **change)

    assert (status, told["mistakes"][0]["field"]) == (400, field)
    assert await pool.fetchval("select count(*) from callbacks") == 0


@pytest.mark.parametrize(
    ("number", "rule"),
    [("112", "emergency"), ("anonymous", "no_number"), ("201", "short"), ("+375291234567", "not_allowed")],
)
async def test_the_guard_refuses_at_once(browser: Browser, token: dict[str, str], number: str, rule: str) -> None:
    status, told = await ask(browser, token | {"Accept-Language": "ru"}, number=number)
    assert (status, told["rule"]) == (409, rule)
    assert told["message"]


async def test_200_forged_requests_over_http(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await pool.execute("update dial_rules set ip_calls = 5")
    statuses = [(await ask(browser, token, number=f"+7916{place:07}", ip="203.0.113.5"))[0] for place in range(200)]
    assert statuses.count(201) == 5
    assert statuses.count(409) == 195
    assert (await ask(browser, token, number="+79990000001", ip="203.0.113.6"))[0] == 201, "others are let in"


async def test_the_list_is_paged_in_order(browser: Browser, token: dict[str, str]) -> None:
    ids = [(await ask(browser, token, number=f"+7916000000{place}"))[1]["id"] for place in range(3)]
    first = await (await browser.get(f"{PATH}?limit=2", headers=token)).json()
    rest = await (await browser.get(f"{PATH}?limit=2&cursor={first['next']}", headers=token)).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == ids
    for identifier in ids:
        await browser.delete(f"{PATH}/{identifier}", headers=token)
    first = await (await browser.get(f"{PATH}?ended=yes&limit=2", headers=token)).json()
    rest = await (await browser.get(f"{PATH}?ended=yes&limit=2&cursor={first['next']}", headers=token)).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == ids[::-1]
    assert (await browser.get(f"{PATH}?ended=no", headers=token)).status == 400


async def test_others_departments_are_not_seen(
    browser: Browser, pool: Pool, token: dict[str, str], add_person: AddPerson
) -> None:
    sales = await pool.fetchval("select id from departments")
    boss = await token_of(pool, await add_person("boss", Role.SUPERVISOR, departments=frozenset({sales})))
    other = (await ask(browser, token, queue="other"))[1]["id"]
    own = (await ask(browser, boss, number="+79160000001"))[1]["id"]

    assert [one["id"] for one in (await (await browser.get(PATH, headers=boss)).json())["items"]] == [own]
    assert (await browser.get(f"{PATH}/{other}", headers=boss)).status == 404
    assert (await browser.delete(f"{PATH}/{other}", headers=boss)).status == 404
    assert (await ask(browser, boss, number="+79160000002", queue="other"))[0] == 400


async def test_the_page(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    assert "Nobody waits to be called back" in await text_of(browser, "/callbacks")
    assert "Законченных пока нет" in await text_of(browser, "/callbacks?ended=yes", language="ru")
    identifier = (await ask(browser, token, source="<i>widget</i>"))[1]["id"]
    await pool.execute(
        "update callbacks set attempts = 2, why = 'short', next_at = $1", datetime.now(UTC) + timedelta(1)
    )
    text = await text_of(browser, "/callbacks", language="ru")
    assert 'href="/callbacks?ended=yes"' in text
    for part in ("Ждут", "&lt;i&gt;widget", "ответил автоответчик", "2 попытки", "у него "):
        assert part in text
    assert (await browser.send(f"/callbacks/{identifier}/cancel", {}, page="/callbacks")).status == 303
    assert "cancelled by a person" in await text_of(browser, "/callbacks?ended=yes")
    await pool.execute("update callbacks set why = 'do_not_call'")
    assert "on the do-not-call list" in await text_of(browser, "/callbacks?ended=yes")
    assert (await browser.send(f"/callbacks/{identifier}/cancel", {}, page="/settings/dialing")).status == 404
