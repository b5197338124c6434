"""`/leads` and its API: what waits, for whom, and what people do to it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientResponse

from tests.missed.told import CLIENT, Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import BORIS, NOON, SALES, SERVICE, VERA
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.leads.touching import SQL
from trunkline.people.roles import Right, Role

NOW = (datetime.now(UTC) - NOON) / timedelta(minutes=1)
"""Minutes past the noon that calls of these tests count from."""
JUST, LONG_AGO = Heard(NOW - 2), Heard(NOW - 90, client=BORIS, line=SERVICE)
HTMX = {"HX-Request": "true", "HX-Target": "lead-list"}


@pytest.fixture(autouse=True)
async def lines(pool: Pool) -> None:
    """Two brands, each with a line."""
    await pool.executemany(
        "insert into lines (id, number, name, brand) values ($1, $2, $3, $4)",
        [(uuid4(), SALES, "Sales & Co", "Windows"), (uuid4(), SERVICE, "Service", "Doors")],
    )


async def lead_of(pool: Pool, phone: str = CLIENT) -> UUID:
    found: UUID = await pool.fetchval("select id from leads where phone = $1", phone)
    return found


async def add_department(pool: Pool) -> UUID:
    department = uuid4()
    await pool.execute("insert into departments (id, slug, name) values ($1, 's', 'S')", department)
    return department


async def act(browser: Browser, lead: UUID, what: str, **fields: str) -> ClientResponse:
    return await browser.send(f"/leads/{lead}/{what}", fields, page=f"/leads/{lead}")


async def rule(browser: Browser, opens: str, take: str, call: str) -> ClientResponse:
    fields = {"opens": opens, "take_minutes": take, "call_minutes": call, "quiet_days": "7", "reopen_days": "14"}
    return await browser.send("/settings/leads", fields, page="/settings/leads")


async def deeds(pool: Pool) -> list[str]:
    rows = await pool.fetch("select action from audit where object_kind = 'lead' order by id")
    return [row["action"] for row in rows]


async def test_nothing_waits(browser: Browser) -> None:
    assert "No open lead" in await text_of(browser, "/leads")
    assert "nav-count" not in await text_of(browser, "/leads/count")


async def test_the_nearest_clock_first(browser: Browser, pool: Pool) -> None:
    # Not by NOW: in a long run this file was read a quarter of an hour ago, when nobody took it in time.
    just = Heard((datetime.now(UTC) - NOON) / timedelta(minutes=1) - 2)
    await tell(pool, just, LONG_AGO, Heard(NOW - 80, client=VERA, answered=True))

    text = await text_of(browser, "/leads")

    places = [text.index(f"tel:{phone}") for phone in (BORIS, CLIENT, VERA)]
    assert places[0] < places[1], "overdue, then due"
    assert "overdue by" in text
    assert "Sales &amp; Co" in text
    assert "Doors" in text
    assert 'nav-count nav-count-bad" title="3 leads wait, overdue: 2">3<' in await text_of(browser, "/leads/count")


async def test_filters(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST, LONG_AGO, Heard(NOW - 60, client=VERA))
    await act(browser, await lead_of(pool), "take")
    await act(browser, await lead_of(pool, VERA), "close", reason="spam")
    shown = {
        show: [f"tel:{phone}" in text for phone in (CLIENT, BORIS, VERA)]
        for show in ("open", "mine", "untaken", "overdue", "closed")
        if (text := (await text_of(browser, f"/leads?show={show}")).partition("lead-list")[2])
    }

    assert shown == {
        "open": [True, True, False],
        "mine": [True, False, False],
        "untaken": [False, True, False],
        "overdue": [False, True, False],
        "closed": [False, False, True],
    }
    assert "must be one of" in await text_of(browser, "/leads?show=others", 400)


async def test_only_the_list_is_sent_again(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)

    text = await (await browser.look("/leads?show=mine", **HTMX)).text()

    assert text.lstrip().startswith('<div hidden data-polls hx-get="/leads?show=mine"')
    assert "No lead fits" in text


async def test_a_lead_from_taking_to_closing(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)
    lead = await lead_of(pool)

    answer = await act(browser, lead, "take", back="/leads?show=untaken")
    assert (answer.status, answer.headers["Location"]) == (303, "/leads?show=untaken")
    assert (await act(browser, lead, "take", back="//example.com")).headers["Location"] == "/leads"
    text = await text_of(browser, f"/leads/{lead}")
    assert "to be called" in text
    assert "missed call" in text

    await tell(pool, Heard(NOW - 1, "out", answered=True))
    assert "no call is planned" in await text_of(browser, f"/leads/{lead}")
    wrong = await act(browser, lead, "change", stage="", title="Windows", next_call_at="tomorrow")
    assert wrong.status == 422
    assert "must be a day and a time" in await wrong.text()
    past = await act(browser, lead, "change", stage="", title="x", next_call_at="2020-01-01T10:00")
    told = await past.text()
    assert "must be in the future" in told
    saved = await act(browser, lead, "change", stage="Measured", title="3 <windows>", next_call_at=_soon())
    assert saved.status == 303
    text = await text_of(browser, f"/leads/{lead}")
    assert "3 &lt;windows&gt;" in text
    assert "next call" in text

    assert "say why" in await (await act(browser, lead, "close", reason="other")).text()
    assert "choose one" in await (await act(browser, lead, "close", reason="bored")).text()
    closed = await act(browser, lead, "close", reason="other", note="  He  wrote us ")
    assert closed.headers["Location"] == "/leads"
    text = await text_of(browser, f"/leads/{lead}")
    assert "Something else: He wrote us" in text
    assert "/close" not in text
    assert "closed already" in await (await act(browser, lead, "close", reason="won")).text()
    assert await deeds(pool) == ["lead.taken", "lead.changed", "lead.closed"]


async def test_a_lead_is_passed_on(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    """The operator keeps it in statistics, the colleague is told and his department has it."""
    operator = await add_person("olga", Role.AGENT, every_department=True, every_line=True)
    manager = await add_person("maria", Role.AGENT, every_line=True)
    department = await pool.fetchval(
        "insert into departments (id, slug, name) values ($1, 's', 'S') returning id", uuid4()
    )
    await pool.execute("update people set department_id = $1 where id = $2", department, manager)
    await tell(pool, JUST)
    lead = await lead_of(pool)
    async with another(browser, await session_of(pool, browser.app, operator)) as hers:
        await act(hers, lead, "take")
        assert "choose one" in await (await act(hers, lead, "pass", person="nobody")).text()
        assert "must be somebody" in await (await act(hers, lead, "pass", person=str(uuid4()))).text()
        assert (await act(hers, lead, "pass", person=str(manager))).headers["Location"] == "/leads"

    row = await pool.fetchrow("select * from lead_inbox")
    assert row is not None
    assert (row["taken_by_id"], row["responsible_id"], row["departments"]) == (operator, manager, [department])
    told = await pool.fetchrow("select person_id, kind, facts ->> 'lead' as lead, done_at from notices")
    assert told is not None
    assert tuple(told) == (manager, "lead.passed", "Sales & Co", None)
    async with another(browser, await session_of(pool, browser.app, manager)) as his:
        assert "yours" in await text_of(his, "/leads?show=mine")
        await text_of(his, f"/leads/{lead}")
    assert await pool.fetchval("select done_at is not null from notices")


async def test_a_colleagues_lead_needs_a_supervisor(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT, every_department=True, every_line=True)
    boris = await add_person("boris", Role.AGENT, every_department=True, every_line=True)
    await tell(pool, JUST)
    lead = await lead_of(pool)
    async with another(browser, await session_of(pool, browser.app, anna)) as hers:
        await act(hers, lead, "take")
    async with another(browser, await session_of(pool, browser.app, boris)) as his:
        for what, fields in (("take", {}), ("pass", {"person": str(boris)}), ("close", {"reason": "won"})):
            await act(his, lead, what, **fields)
            assert "has this lead" in await text_of(his, f"/leads/{lead}")
        assert f"/leads/{lead}/pass" not in await text_of(his, f"/leads/{lead}")
    assert await deeds(pool) == ["lead.taken"]

    await act(browser, lead, "pass", person=str(boris))
    assert await pool.fetchval("select responsible_id from leads") == boris


async def test_scope(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    """What is of no department or line is everybody's; what is of another is one's own alone."""
    anna = await add_person("anna", Role.AGENT, every_line=True)
    department = await pool.fetchval(
        "insert into departments (id, slug, name) values ($1, 's', 'S') returning id", uuid4()
    )
    await tell(pool, JUST)
    lead = await lead_of(pool)
    async with another(browser, await session_of(pool, browser.app, anna)) as hers:
        assert f"/leads/{lead}" in await text_of(hers, "/leads")
        await pool.execute("update lead_clocks set departments = array[$1::uuid]", department)
        assert "No open lead" in await text_of(hers, "/leads")
        assert (await hers.look(f"/leads/{lead}")).status == 404
        await pool.execute("update leads set responsible_id = $1", anna)
        assert f"/leads/{lead}" in await text_of(hers, "/leads")
    marketer = await add_person("mark", Role.MARKETER, every_department=True, every_line=True)
    async with another(browser, await session_of(pool, browser.app, marketer)) as his:
        text = await text_of(his, f"/leads/{lead}")
        assert "/take" not in text
        assert (await act(his, lead, "take")).status == 403


async def test_the_rules(browser: Browser, pool: Pool) -> None:
    text = await text_of(browser, "/settings/leads")
    assert 'value="15"' in text

    wrong = await browser.send(
        "/settings/leads",
        {"opens": "some", "take_minutes": "0", "call_minutes": "x", "quiet_days": "7", "reopen_days": "14"},
        page="/settings/leads",
    )
    assert wrong.status == 422
    assert (await wrong.text()).count("must be a whole number from 1 to 10080") == 4
    less = await browser.send(
        "/settings/leads",
        {"opens": "all", "take_minutes": "60", "call_minutes": "30", "quiet_days": "7", "reopen_days": "14"},
        page="/settings/leads",
    )
    assert "must not be less" in await less.text()
    saved = await browser.send(
        "/settings/leads",
        {"opens": "missed", "take_minutes": "5", "call_minutes": "30", "quiet_days": "7", "reopen_days": "14"},
        page="/settings/leads",
    )
    assert saved.status == 303
    row = await pool.fetchrow("select opens, take_minutes, call_minutes from lead_rules")
    assert row is not None
    assert tuple(row) == ("missed", 5, 30)
    assert await pool.fetchval("select count(*) from audit where action = 'leads.rules_changed'") == 1


async def test_the_api(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.SUPERVISOR, every_department=True, every_line=True)
    token = await token_of(pool, anna)
    await tell(pool, JUST, LONG_AGO, Heard(NOW - 5, client=VERA))

    async def read(path: str, status: int = 200) -> Any:
        answer = await browser.get(f"/api/v1/leads{path}", headers=token)
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def post(path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        answer = await browser.post(f"/api/v1/leads{path}", headers=token, json=body)
        assert answer.status == status, await answer.text()
        return await answer.json()

    first = await read("?limit=2")
    rest = await read(f"?limit=2&cursor={first['next']}")
    assert [one["phone"] for one in first["items"] + rest["items"]] == [BORIS, VERA, CLIENT]
    assert (first["items"][0]["overdue"], first["items"][0]["due"], rest["next"]) == (True, "take", None)

    lead = f"/{rest['items'][0]['id']}"
    taken = await post(f"{lead}/take")
    assert (taken["taken_by_id"], taken["due"]) == (str(anna), "call")
    assert await post(f"{lead}/take") == taken
    wrong = await post(f"{lead}/change", {"next_call_at": "2099-01-01T00:00:00Z"}, 400)
    assert wrong["mistakes"][0]["field"] == "next_call_at"
    await post(f"{lead}/change", {"stage": " "}, 400)
    changed = await post(f"{lead}/change", {"stage": "Offer"})
    assert (changed["stage"], changed["title"]) == ("Offer", taken["title"])
    assert await post(f"{lead}/change", {"stage": "Offer"}) == changed
    await post(f"{lead}/pass", {"person": str(uuid4())}, 400)
    assert (await post(f"{lead}/pass", {"person": str(anna)}))["responsible_id"] == str(anna)
    await post(f"{lead}/close", {"reason": "bored"}, 400)
    assert (await post(f"{lead}/close", {"reason": "won"}))["close_reason"] == "won"
    await post(f"{lead}/take", status=400)

    whole = await read(lead)
    assert [touch["kind"] for touch in whole["touches"]] == ["missed"]
    assert [one["phone"] for one in (await read("?show=closed"))["items"]] == [CLIENT]
    assert (await read("?whose=mine", 400))["mistakes"][0]["field"] == "whose"
    await read("/none", 404)


async def test_a_token_without_the_right_reads_only(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT, every_department=True, every_line=True)
    await pool.execute("insert into contacts (id, name) values ($1, 'Vera')", UUID(int=1))
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", CLIENT, UUID(int=1))
    await tell(pool, JUST)
    token = await token_of(pool, anna, [Right.LEADS_READ])

    (one,) = (await (await browser.get("/api/v1/leads", headers=token)).json())["items"]
    assert (one["phone"], one["contact"], one["contact_id"]) == (CLIENT, None, None), "names are contacts.read"
    assert (await browser.post(f"/api/v1/leads/{one['id']}/take", headers=token)).status == 403


async def test_closed_leads_are_not_read(pool: Pool) -> None:
    """Thousands are closed, some are open: each list and the count go by an index of their own."""
    await pool.execute(
        "with made as (insert into leads (id, source, external_id, phone, opened_at, closed_at)"
        " select gen_random_uuid(), 'call', n::text, '+7916' || lpad(n::text, 7, '0'), now(),"
        " null from generate_series(1, 5000) as n returning id, phone)"
        " insert into lead_clocks (lead_id, phone, take_by, call_by) select id, phone, now(), now() from made"
    )
    await pool.execute("update leads set closed_at = now() where external_id::integer > 20")
    await pool.execute("analyze leads; analyze lead_clocks")
    arguments = (UUID(int=0), None, None)
    async with pool.acquire() as connection:
        asked = {
            "list_open": (None, None, 51, None),
            "list_mine": (None, None, 51),
            "list_untaken": (None, None, 51),
            "list_closed": (None, None, 51),
            "count_open": (datetime.now(UTC),),
        }
        statements: dict[str, tuple[Any, ...]] = {name: (*arguments, *more) for name, more in asked.items()}
        statements |= {"anything_late": (datetime.now(UTC),), "late_leads": (datetime.now(UTC), [], [], False, 200)}
        for name, values in statements.items():
            plan = await connection.fetch("explain " + SQL[name], *values)
            text = "\n".join(row[0] for row in plan)
            assert "Seq Scan on leads" not in text, text
            assert "Seq Scan on lead_clocks" not in text, text


async def test_everybody_is_on_some_page(browser: Browser, pool: Pool) -> None:
    """More than a page, with those no clock runs for at the end; each once."""
    await tell(pool, *(Heard(NOW - 200 + place, client=f"+7916{place:07}") for place in range(70)))
    talked = [f"+7915{place:07}" for place in range(50)]
    await tell(pool, *(Heard(NOW - 100 + place, client=phone, answered=True) for place, phone in enumerate(talked)))
    await pool.execute("update lead_clocks set taken_at = called_at where called_at is not null")

    seen: list[str] = []
    path: str | None = "/leads"
    while path:
        text = await text_of(browser, path)
        seen += re.findall(r'tel:(\+\d+)"', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        path = unescape(found[1]) if found else None

    assert seen[:70] == [f"+7916{place:07}" for place in range(70)]
    assert sorted(seen[70:]) == talked
    assert (await browser.look("/leads?cursor=nonsense")).status == 400


def _soon() -> str:
    """Tomorrow, as a form writes it."""
    return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
