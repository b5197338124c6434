"""`/api/v1/callbacks` and `/callbacks` as they are shipped."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
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

    assert (again[0], again[1]) == (200, first[1] | {"added": False})
    other, told = await ask(browser, token | key, number="+79161110000")
    assert (other, told["mistakes"][0]["field"]) == (400, "Idempotency-Key")
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
        ({"wanted_at": "0001-01-01T00:00:00+23:59"}, "$.wanted_at"),
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


async def test_a_sooner_wish_wins_and_both_are_told(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    """One callback a number; a wish for next month does not swallow the one for tomorrow."""
    at = datetime.now(UTC).replace(microsecond=0)
    month, soon, later = ((at + timedelta(days=days)).isoformat() for days in (29, 1, 5))
    first = await ask(browser, token, wanted_at=month, source="site")
    sooner = await ask(browser, token, wanted_at=soon, source="bot", note="about the roof")
    after = await ask(browser, token, wanted_at=later, source="crm")

    assert [status for status, _told in (first, sooner, after)] == [201, 200, 200]
    assert sooner[1] == after[1]
    assert datetime.fromisoformat(sooner[1]["wanted_at"]) == at + timedelta(days=1)
    row = await pool.fetchrow("select wanted_at, next_at, source, why, note from callbacks")
    assert row is not None
    assert tuple(row) == (at + timedelta(1), at + timedelta(1), "site", "sooner", "about the roof")
    deeds = await pool.fetch("select action, before, after from audit where object_kind = 'callback' order by at, id")
    assert [(deed["action"], deed["after"]["source"]) for deed in deeds] == [
        ("callback.added", "site"),
        ("callback.sooner", "bot"),
    ]
    assert datetime.fromisoformat(deeds[1]["before"]["wanted_at"]) == at + timedelta(days=29)
    assert "asked again, for a sooner time" in await text_of(browser, "/callbacks")


async def test_who_waits_with_another_department_is_neither_told_of_nor_pulled_forward(
    browser: Browser, pool: Pool, token: dict[str, str], add_person: AddPerson
) -> None:
    """A number that waits is no way into another department's order, by its number or by its key."""
    sales = await pool.fetchval("select id from departments")
    scope = {"department_id": sales, "departments": frozenset({sales}), "every_line": True}
    eva = await add_person("eva", Role.SUPERVISOR, **scope)
    narrow = await token_of(pool, eva)
    month = (datetime.now(UTC) + timedelta(days=29)).isoformat()
    first = await ask(browser, token | {"Idempotency-Key": "k"}, queue="other", wanted_at=month)

    for asked in (narrow, narrow | {"Idempotency-Key": "k"}):
        status, told = await ask(browser, asked, note="mine")
        assert (status, told) == (200, {"id": None, "added": False, "wanted_at": None})
    row = await pool.fetchrow("select note, why, wanted_at > now() + '28 days' as stands from callbacks")
    assert row is not None
    assert tuple(row) == ("", "", True)
    assert await pool.fetchval("select count(*) from audit where action = 'callback.sooner'") == 0

    async with another(browser, await session_of(pool, browser.app, eva)) as page:
        sent = {"number": CLIENT, "queue": "sales", "agent": "", "line": "", "note": "", "wanted_at": ""}
        assert (await page.send("/callbacks", sent, page="/callbacks/new")).status == 303
        assert "with others than yours: nothing was changed" in await text_of(page, "/callbacks")

    own = await ask(browser, narrow, number="+79160000001")
    again = await ask(browser, narrow, number="+79160000001")
    assert (own[0], again[0], own[1]["id"] == again[1]["id"]) == (201, 200, True)
    assert (await ask(browser, token))[1]["id"] == first[1]["id"], "no department's limits: pulled forward"
    assert await pool.fetchval("select count(*) from audit where action = 'callback.sooner'") == 1


async def test_a_pause_after_an_attempt_stands(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await ask(browser, token)
    await pool.execute("update callbacks set next_at = now() + '10 minutes', wanted_at = now() + '5 minutes'")

    await ask(browser, token)

    assert await pool.fetchval("select next_at > now() + '9 minutes' and wanted_at <= now() from callbacks")


async def test_a_browser_names_no_address(browser: Browser, pool: Pool) -> None:
    """Whoever is signed in counts as where he is, however often he names another."""
    await pool.execute("update dial_rules set ip_calls = 2")
    token = {"X-CSRF-Token": await browser.token("/callbacks/new")}
    statuses = []
    for place in range(4):
        body = BODY | {"number": f"+7916000000{place}", "ip": f"203.0.113.{place}"}
        answer = await browser.post(PATH, json=body, headers=token)
        statuses.append(answer.status)

    assert statuses == [201, 201, 409, 409]
    assert {str(row["ip"]) for row in await pool.fetch("select host(ip) as ip from callbacks")} == {"127.0.0.1"}


async def test_a_subscriber_of_ipv6_is_one_address(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await pool.execute("update dial_rules set ip_calls = 2")
    addresses = ("2001:db8::1", "2001:db8::2:1", "2001:db8:0:0:ffff::", "2001:db8:0:1::1", "::ffff:203.0.113.5")
    statuses = [
        (await ask(browser, token, number=f"+7916000000{place}", ip=ip))[0] for place, ip in enumerate(addresses)
    ]

    assert statuses == [201, 201, 409, 201, 201]
    assert await pool.fetchval("select host(ip) from callbacks where number = '+79160000004'") == "203.0.113.5"


async def test_a_client_is_added_by_hand(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    await pool.execute("update people set extension = '101' where id = $1", anna)
    await pool.execute("insert into queue_members values ('sales', $1, 0)", anna)
    assert 'value="101"' in await text_of(browser, "/callbacks/new?number=8916")

    async def add(**fields: str) -> tuple[int, str]:
        sent = {"number": "8 916 123 45 67", "queue": "sales", "agent": "101", "line": "", "note": "", "wanted_at": ""}
        answer = await browser.send("/callbacks", sent | fields, page="/callbacks/new")
        return answer.status, await answer.text()

    for fields, told in (
        ({"number": "112"}, "Emergency numbers are dialled"),
        ({"number": ""}, "write the number to call"),
        ({"queue": ""}, "choose one"),
        ({"agent": "999"}, "nobody works at extension 999"),
        ({"line": "+74950000000"}, "must be one of our lines"),
        ({"wanted_at": "2020-01-01T10:00"}, "is over"),
        ({"wanted_at": "tomorrow"}, "must be a day and a time"),
        ({"note": "x" * 501}, "at most 500 letters"),
    ):
        status, text = await add(**fields)
        assert (status, told in text) == (422, True), fields
    assert await pool.fetchval("select count(*) from callbacks") == 0

    assert (await add(note="<b>roof</b>"))[0] == 303
    assert "&lt;b&gt;roof" in await text_of(browser, "/callbacks")
    assert ">вручную · " in await text_of(browser, "/callbacks", language="ru")
    row = await pool.fetchrow("select number, source, owner_id, by_id is not null from callbacks")
    assert row is not None
    assert tuple(row) == (CLIENT, "by hand", anna, True)
    assert (await add())[0] == 303
    assert "He waits already" in await text_of(browser, "/callbacks")


async def test_a_form_of_another_site_adds_nobody(browser: Browser, pool: Pool) -> None:
    answer = await browser.post("/callbacks", data={"number": CLIENT, "queue": "sales"}, allow_redirects=False)

    assert answer.status == 403
    assert await pool.fetchval("select count(*) from callbacks") == 0
