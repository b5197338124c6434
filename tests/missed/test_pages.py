"""`/missed` and its API: who waits, for whom, and what people do to it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from aiohttp import ClientResponse

from tests.missed.told import CLIENT, Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import BORIS, NOON, SALES, SERVICE, VERA
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, QueueBrief
from trunkline.missed.keep import SQL
from trunkline.missed.promise import Rules
from trunkline.people.roles import Right, Role
from trunkline.web.paging import encode_cursor

NOW = (datetime.now(UTC) - NOON) / timedelta(minutes=1)
"""Minutes past the noon that calls of these tests count from."""
JUST, LONG_AGO = Heard(NOW - 2), Heard(NOW - 90, client=BORIS, line=SERVICE, queues=("service",))
HTMX = {"HX-Request": "true", "HX-Target": "missed-list"}


async def act(browser: Browser, heard: Heard, what: str, **fields: str) -> ClientResponse:
    return await browser.send(f"/missed/{heard.id}/{what}", fields, page=f"/missed/{heard.id}")


async def test_nobody_waits(browser: Browser) -> None:
    assert "Nobody waits for a call" in await text_of(browser, "/missed")
    assert "nav-count" not in (await text_of(browser, "/missed/count"))


async def test_who_waits(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST, LONG_AGO, replace(LONG_AGO, minute=NOW - 30, direction="out", why="busy", agents=("101",)))
    await pool.execute(
        "insert into contacts (id, name) values ($1, 'Vera & Sons'), ($2, 'Anna')", UUID(int=1), UUID(int=2)
    )
    await pool.execute(
        "insert into contact_phones (number, contact_id) values ($1, $2), ($1, $3)", CLIENT, UUID(int=1), UUID(int=2)
    )

    text = await text_of(browser, "/missed")

    assert text.index("+7 916 000-00-02") < text.index(f"tel:{CLIENT}"), "the nearest promise first"
    assert "overdue by" in text
    assert "Anna" in text
    assert "and 1 more" in text
    assert "1 attempt" in text
    assert "101: busy" in text
    assert f"/calls/{JUST.id}" in text
    assert 'nav-count nav-count-bad" title="2 wait, overdue: 1">2<' in await text_of(browser, "/missed/count")


async def test_only_the_list_is_sent_again(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)

    answer = await browser.look("/missed?whose=mine", **HTMX)

    text = await answer.text()
    assert text.lstrip().startswith('<div hidden data-polls hx-get="/missed?whose=mine"')
    assert "Nobody fits" in text
    await tell(pool, LONG_AGO, Heard(NOW - 1, "out", answered=True))
    text = await (await browser.look("/missed", **HTMX)).text()
    assert "<h1" not in text
    assert "overdue by" in text
    assert "called back" in text


async def test_filters(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST, LONG_AGO)
    shown = {
        query: [number in text for number in ("+7 916 123-45-67", "+7 916 000-00-02")]
        for query in ("overdue=yes", f"line=8{SALES[2:]}", "queue=service", "whose=mine")
        if (text := (await text_of(browser, f"/missed?{query}")).partition("missed-list")[2])
    }

    assert list(shown.values()) == [[False, True], [True, False], [False, True], [False, False]]
    assert "must be one of mine" in await text_of(browser, "/missed?whose=yours", 400)


async def test_queues_are_shown_by_name(browser: Browser, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Directory, "head", Head(queues={"repairs": QueueBrief("repairs", "Сервис", "service")}))
    await tell(pool, LONG_AGO)

    for path in ("/missed", "/missed?queue=service", f"/missed/{LONG_AGO.id}"):
        text = await text_of(browser, path)
        assert text.count("Сервис") == (1 if LONG_AGO.id.hex in path.replace("-", "") else 2), path
    assert '<option value="service" selected>Сервис</option>' in await text_of(browser, "/missed?queue=service")
    assert "Сервис" in await text_of(browser, "/reports/callbacks")
    assert '<td class="wide">Сервис</td>' in await text_of(browser, "/reports")


async def test_taking_letting_go_and_closing(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)

    assert (await act(browser, JUST, "take")).status == 303
    assert "yours" in await text_of(browser, "/missed?whose=mine")
    await act(browser, JUST, "release")
    assert await pool.fetchval("select owner_id from missed_clients") is None

    answer = await act(browser, JUST, "close", reason="other")
    assert answer.status == 422
    assert "say why" in await answer.text()
    answer = await act(browser, JUST, "close", reason="other", note="  He  wrote <b>us</b> ")
    assert (answer.status, answer.headers["Location"]) == (303, "/missed")

    text = await text_of(browser, "/missed")
    assert "Off the list today" in text
    assert "He wrote &lt;b&gt;us&lt;/b&gt;" in text
    assert "the entry was closed" in await text_of(browser, f"/missed/{JUST.id}")
    assert "off the list already" in await (await act(browser, JUST, "close", reason="spam")).text()


async def test_a_button_leads_back_to_its_list(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)
    text = await text_of(browser, "/missed?queue=&overdue=")
    assert 'name="back" value="/missed?queue=&amp;overdue="' in text

    for back, led in (
        ("/missed?queue=sales%20a&overdue=yes", "/missed?queue=sales%20a&overdue=yes"),
        (f"/missed/{JUST.id}", f"/missed/{JUST.id}"),
        ("//example.com", "/missed"),
        ("/missed?x=\r\nSet-Cookie:", "/missed"),
    ):
        assert (await act(browser, JUST, "take", back=back)).headers["Location"] == led


async def test_a_client_leaves_when_he_is_reached(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)
    await act(browser, JUST, "take")
    await tell(pool, Heard(NOW - 1, "out", answered=True))

    text = await text_of(browser, "/missed")
    assert "Nobody waits for a call" in text
    assert "called back" in text


async def test_deeds_hold_for_the_entry_of_their_time(browser: Browser, pool: Pool) -> None:
    """An older missed call told late makes the entry another one: whose it is stays."""
    await tell(pool, JUST)
    await act(browser, JUST, "take")
    await tell(pool, Heard(NOW - 20))

    row = await pool.fetchrow("select id, times, owner_id is not null as owned from missed_clients")
    assert row is not None
    assert tuple(row) == (Heard(NOW - 20).id, 2, True)
    answer = await browser.look(f"/missed/{JUST.id}")
    assert answer.status == 404


async def test_a_clock_that_is_behind_takes_what_is_ahead(browser: Browser, pool: Pool) -> None:
    ahead = Heard(NOW + 3)
    await tell(pool, ahead)

    await act(browser, ahead, "take")

    assert await pool.fetchval("select owner_id is not null from missed_clients")


async def test_a_colleague_keeps_his_client(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT, every_department=True, every_line=True)
    boris = await add_person("boris", Role.AGENT, every_department=True, every_line=True)
    await tell(pool, JUST)
    async with another(browser, await session_of(pool, browser.app, anna)) as hers:
        await act(hers, JUST, "take")
    async with another(browser, await session_of(pool, browser.app, boris)) as his:
        await act(his, JUST, "take")
        text = await text_of(his, "/missed")
        assert "has taken this client" in text
        assert "/take" not in text

    assert await pool.fetchval("select owner_id from missed_clients") == anna
    await act(browser, JUST, "take")  # the administrator may
    assert await pool.fetchval("select owner_id from missed_clients") != anna


async def test_scope(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    """An agent without a department sees what is his; a marketer of a line that line's, and takes nobody."""
    anna = await add_person("anna", Role.AGENT)
    await tell(pool, JUST, LONG_AGO)
    async with another(browser, await session_of(pool, browser.app, anna)) as hers:
        assert "Nobody waits" in await text_of(hers, "/missed")
        assert (await hers.look(f"/missed/{JUST.id}")).status == 404
        await pool.execute("update missed_clients set people = array[$1::uuid] where number = $2", anna, CLIENT)
        assert "+7 916 123-45-67" in await text_of(hers, "/missed")
    marketer = await add_person("mark", Role.MARKETER, every_department=True, every_line=True)
    async with another(browser, await session_of(pool, browser.app, marketer)) as his:
        text = await text_of(his, "/missed")
        assert "+7 916 000-00-02" in text
        assert "tel:" not in text
        assert (await act(his, JUST, "take")).status == 403


async def test_what_i_promised_on_cards(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    """It stands there until anybody has talked with him, whether he was missed or not; colleagues do not see it."""
    anna = await add_person("anna", Role.AGENT)
    told, later = Heard(NOW - 60, answered=True), Heard(NOW - 50, answered=True, client=VERA)
    await tell(pool, told, later)
    for heard, minutes, what in ((later, 30, "Price <list>"), (told, -5, "")):
        await pool.execute(
            "insert into call_wrap_ups (call_id, person_id, client, topic, next_step, call_back_at, promised_at)"
            " values ($1, $2, $3, 'Delivery', $4, now() + make_interval(mins => $5), now() - interval '49 minutes')",
            heard.id, anna, heard.client, what, minutes,
        )  # fmt: skip
    async with another(browser, await session_of(pool, browser.app, anna)) as hers:
        text = await text_of(hers, "/missed")
        assert text.index("Promised by me") < text.index(f"tel:{CLIENT}") < text.index(f"tel:{VERA}")
        assert "overdue by 5" in text
        assert "Price &lt;list&gt;" in text
        assert f"/calls/{told.id}" in text
        assert f"/card/number/%2B{CLIENT[1:]}" in text
        assert f"tel:{VERA}" not in await text_of(hers, "/missed?overdue=yes")
        assert "Promised by me" not in await text_of(hers, "/missed?queue=sales")

        await tell(pool, Heard(NOW - 2, "out", answered=True))
        text = await text_of(hers, "/missed")
        assert f"tel:{CLIENT}" not in text
        assert f"tel:{VERA}" in text
    assert "Promised by me" not in await text_of(browser, "/missed")


async def test_the_card_is_one_click_away(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await tell(pool, JUST)
    card = f'href="/card/number/%2B{CLIENT[1:]}"'

    assert card in await text_of(browser, "/missed")
    assert card in await text_of(browser, f"/missed/{JUST.id}")
    marketer = await add_person("mark", Role.MARKETER, every_department=True, every_line=True)
    async with another(browser, await session_of(pool, browser.app, marketer)) as his:
        assert "/card/number/" not in await text_of(his, "/missed")
        assert "/card/number/" not in await text_of(his, f"/missed/{JUST.id}")


async def test_the_counter_does_not_keep_a_session_alive(browser: Browser, pool: Pool) -> None:
    await pool.execute("update sessions set seen_at = seen_at - interval '10 minutes'")
    before = await pool.fetchval("select seen_at from sessions")

    await browser.look("/missed/count", **{"X-By-Itself": "yes"})
    assert await pool.fetchval("select seen_at from sessions") == before
    await browser.look("/missed")
    assert await pool.fetchval("select seen_at from sessions") > before


async def test_the_api(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.SUPERVISOR, every_department=True, every_line=True)
    token = await token_of(pool, anna)
    await tell(pool, JUST, LONG_AGO, Heard(NOW - 5, client=VERA))

    first = await (await browser.get("/api/v1/missed?limit=2", headers=token)).json()
    rest = await (await browser.get(f"/api/v1/missed?limit=2&cursor={first['next']}", headers=token)).json()
    assert [one["number"] for one in first["items"] + rest["items"]] == [BORIS, VERA, CLIENT]
    assert (first["items"][0]["overdue"], rest["next"]) == (True, None)

    path = f"/api/v1/missed/{JUST.id}"
    taken = await (await browser.post(f"{path}/take", headers=token)).json()
    assert taken["owner_id"] == str(anna)
    again = await (await browser.post(f"{path}/take", headers=token)).json()
    assert again == taken
    released = await (await browser.post(f"{path}/release", headers=token)).json()
    assert released["owner_id"] is None
    wrong = await browser.post(f"{path}/close", headers=token, json={"reason": "bored"})
    assert (wrong.status, (await wrong.json())["mistakes"][0]["field"]) == (400, "$.reason")
    closed = await (await browser.post(f"{path}/close", headers=token, json={"reason": "spam"})).json()
    assert closed["closed_how"] == "spam"
    off = await (await browser.get("/api/v1/missed?state=closed", headers=token)).json()
    assert [one["number"] for one in off["items"]] == [CLIENT]
    assert (await browser.post(f"{path}/take", headers=token)).status == 400


async def test_a_token_without_the_right_reads_only(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT, every_department=True, every_line=True)
    token = await token_of(pool, anna, [Right.CALLS_READ])
    await tell(pool, JUST)
    await pool.execute("insert into contacts (id, name) values ($1, 'Vera')", UUID(int=1))
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", CLIENT, UUID(int=1))

    (one,) = (await (await browser.get("/api/v1/missed", headers=token)).json())["items"]
    assert (one["number"], one["names"]) == (CLIENT, []), "names are contacts.read"
    assert (await browser.post(f"/api/v1/missed/{JUST.id}/take", headers=token)).status == 403


async def test_the_list_reads_its_index(pool: Pool) -> None:
    await tell(pool, *(Heard(minute, client=f"+7916{minute:07}") for minute in range(300)), rules=Rules())
    await pool.execute(
        "update missed_clients set closed_at = now(), closed_how = 'by_hand' where last_call_id <> $1", JUST.id
    )
    await pool.execute("analyze missed_clients")
    async with pool.acquire() as connection:
        plan = await connection.fetch(
            "explain " + SQL["list_open"], UUID(int=0), None, None, None, None, None, None, None, None, 201
        )

    text = "\n".join(row[0] for row in plan)
    assert "Index" in text
    assert "Seq Scan on missed_clients" not in text, text


async def test_everybody_is_on_some_page(browser: Browser, pool: Pool) -> None:
    """More than a page: each once, in the order of the promises; a page behind the end says so."""
    await tell(pool, *(Heard(NOW - 200 + place, client=f"+7916{place:07}") for place in range(120)))

    seen: list[str] = []
    path: str | None = "/missed"
    while path:
        text = await text_of(browser, path)
        assert seen or "To the first" not in text
        seen += re.findall(r'tel:(\+\d+)"', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        path = unescape(found[1]) if found else None

    assert seen == [f"+7916{place:07}" for place in range(120)]
    behind = encode_cursor((datetime(2100, 1, 1, tzinfo=UTC), UUID(int=0)))
    assert "Nobody waits from here on" in await text_of(browser, f"/missed?cursor={behind}")
    assert (await browser.look("/missed?cursor=nonsense")).status == 400
