"""`/bookings`, the visits on a card, `/settings/visits`, and the same for programs."""

import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.card.conftest import CLIENT, House
from tests.fakes.calendar_server import CalendarServer, event
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, csrf_of, session_of
from tests.visits.conftest import box_of
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.people.roles import DESKTOP, Right, Role
from trunkline.visits.fetch import Fetcher
from trunkline.visits.refresh import Refresher

HTMX = {"HX-Request": "true"}
_SLOT = re.compile(r'<option value="(\d{4}-[^"]+)"')


@pytest.fixture
async def anna(house: House) -> UUID:
    return house.anna


@pytest.fixture
async def as_anna(root: Browser, app: web.Application, house: House) -> AsyncIterator[Browser]:
    async with another(root, await session_of(house.pool, app, house.anna)) as browser:
        yield browser


async def form_of(browser: Browser, address: str) -> tuple[str, list[str]]:
    """The opened form on a card, and the free times it offers."""
    text = await text_of(browser, address)
    return text, [slot.replace("&#43;", "+") for slot in _SLOT.findall(text)]


async def test_a_visit_is_booked_on_the_card_of_a_call(house: House, root: Browser, as_anna: Browser) -> None:
    await house.contact("Иванов <b>Иван</b>")
    card = f"/card/calls/{await house.call()}"
    assert f'hx-get="{card}/visits"' in await text_of(root, card)
    closed = await (await root.look(f"{card}/visits", **HTMX)).text()
    assert closed.lstrip().startswith("<section")
    assert "book=yes" in closed

    text, slots = await form_of(root, f"{card}/visits?book=yes")
    assert f'<option value="{house.anna}" selected>Анна Смирнова · Отдел продаж' in text, "the client's responsible"
    answer = await root.post(
        f"{card}/visits",
        data={
            "csrf": csrf_of(text),
            "person": str(house.anna),
            "starts_at": slots[0],
            "place": "<i>дом</i>",
            "words": "x",
        },
        headers=HTML | HTMX,
    )
    part = await answer.text()
    assert (answer.status, "is booked" in answer.headers["HX-Trigger"]) == (200, True)
    assert "&lt;i&gt;дом&lt;/i&gt;" in part
    row = await house.pool.fetchrow("select * from booked_visits")
    assert row is not None
    assert (row["number"], row["contact_id"] is not None, row["call_id"] is not None) == (CLIENT, True, True)

    assert 'title="1 visit is new or changed">1<' in await text_of(as_anna, "/bookings/count")
    listed = await text_of(as_anna, "/bookings")
    assert f"/bookings/{row['id']}" in listed
    assert "Иванов &lt;b&gt;Иван&lt;/b&gt;" in listed
    assert "Визит: Иванов" in await text_of(as_anna, f"/bookings/{row['id']}", language="ru")
    assert "nav-count" not in await text_of(as_anna, "/bookings/count"), "he has seen it"


async def test_a_taken_time_and_a_long_text_come_back_into_the_form(house: House, root: Browser) -> None:
    await house.contact()
    card = f"/card/number/{CLIENT}/visits"
    text, slots = await form_of(root, f"{card}?book=yes&person={house.anna}")
    fields = {"csrf": csrf_of(text), "person": str(house.anna), "starts_at": slots[0], "place": "", "words": ""}
    answer = await root.post(card, data=fields, headers=HTML, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, card)
    for change, said in (
        ({}, "no free time"),
        ({"starts_at": "tomorrow"}, "choose one of the free times"),
        ({"starts_at": "2026-13-01"}, "choose one of the free times"),
        ({"person": "x"}, "choose one"),
        ({"starts_at": slots[5], "words": "я" * 2001}, "2001 characters long"),
        ({"starts_at": slots[5], "place": "я" * 301}, "301 characters long"),
    ):
        answer = await root.post(card, data=fields | change, headers=HTML, allow_redirects=False)
        assert answer.status == 422
        assert said in await answer.text()
    assert await house.pool.fetchval("select count(*) from booked_visits") == 1
    without = await root.post(card, data=fields | {"csrf": "0" * 64}, headers=HTML, allow_redirects=False)
    assert without.status == 403


async def test_a_hidden_number_has_no_visits(house: House, root: Browser) -> None:
    call = await house.call(client="", caller="anonymous")
    assert "Book a visit" not in await text_of(root, f"/card/calls/{call}/visits?book=yes")
    assert "/visits" not in (await text_of(root, f"/card/calls/{call}")).replace("/settings/visits", "")


async def test_a_card_out_of_reach_has_no_visits_either(
    house: House, root: Browser, app: web.Application, add_person: AddPerson
) -> None:
    call = await house.call(rang=["102"])
    boris = await add_person("boris", Role.AGENT, extension="105")
    async with another(root, await session_of(house.pool, app, boris)) as somebody:
        assert (await somebody.look(f"/card/calls/{call}/visits")).status == 404


async def booked(house: House, browser: Browser, slot: int = 0) -> str:
    """The id of a visit that `browser` books for Anna."""
    card = f"/card/number/{CLIENT}/visits"
    text, slots = await form_of(browser, f"{card}?book=yes&person={house.anna}")
    fields = {"csrf": csrf_of(text), "person": str(house.anna), "starts_at": slots[slot], "place": "Lenin street"}
    assert (await browser.post(card, data=fields, headers=HTML, allow_redirects=False)).status == 303
    return str(await house.pool.fetchval("select id from booked_visits order by id desc limit 1"))


async def test_moving_and_cancelling(house: House, root: Browser, as_anna: Browser) -> None:
    visit = await booked(house, root)
    page = f"/bookings/{visit}"
    text, slots = await form_of(as_anna, page)
    assert slots
    answer = await as_anna.send(f"{page}/move", {"starts_at": slots[-1]}, page=page)
    assert (answer.status, answer.headers["Location"]) == (303, page)
    token = csrf_of(text)
    refused = await as_anna.post(
        f"{page}/move", data={"csrf": token, "starts_at": "x"}, headers=HTML | {"Accept-Language": "ru"}
    )
    assert (refused.status, "Когда: " in await refused.text()) == (422, True)
    answer = await as_anna.send(f"{page}/cancel", {}, page=page)
    assert (answer.status, answer.headers["Location"]) == (303, "/bookings")
    assert "does not take place" in await text_of(as_anna, page)
    assert "cancelled" in await text_of(as_anna, "/bookings?when=past")
    assert "No visits to come" in await text_of(as_anna, "/bookings")
    for wrong in ("/bookings/17", f"/bookings/{UUID(int=7)}"):
        assert (await as_anna.look(wrong)).status == 404


async def test_others_visits_are_not_for_everybody(
    house: House, root: Browser, app: web.Application, add_person: AddPerson
) -> None:
    visit = await booked(house, root)
    boris = await add_person("boris", Role.AGENT, extension="105")
    async with another(root, await session_of(house.pool, app, boris)) as somebody:
        assert (await somebody.look(f"/bookings/{visit}")).status == 404
        assert visit not in await text_of(somebody, "/bookings?whose=all")
        token = csrf_of(await text_of(somebody, "/settings/account"))
        for deed in ("cancel", "move"):
            answer = await somebody.post(f"/bookings/{visit}/{deed}", data={"csrf": token}, headers=HTML)
            assert answer.status in {404, 422}
        on_card = await text_of(somebody, f"/card/number/{CLIENT}/visits")
        assert "/bookings/" not in on_card.replace("/bookings/count", "")
        assert "Анна Смирнова" not in on_card
        assert "Lenin street" not in on_card
    assert visit in await text_of(root, "/bookings?whose=all")
    assert await house.pool.fetchval("select cancelled_at from booked_visits") is None


async def test_ones_own_calendar(
    house: House, root: Browser, as_anna: Browser, server: CalendarServer, redis: Redis, data_dir: Path
) -> None:
    page = f"/settings/visits/{house.anna}"
    assert (await as_anna.look("/settings/visits")).headers["Location"] == page
    answer = await as_anna.send(page, {"kind": "ical", "url": "nonsense"}, page=page)
    assert answer.status == 422
    assert "must be an address such as" in await answer.text()
    sent = {"kind": "ical", "url": server.url, "user": "anna", "password": "hidden word"}
    assert (await as_anna.send(page, sent, page=page)).status == 303
    assert "is read within a minute" in await text_of(as_anna, page)

    server.events = [event("1", "DTSTART:20200101T000000Z", "DTEND:20200102T000000Z", "RRULE:FREQ=DAILY")]
    async with Fetcher(["127.0.0.0/8"]).open() as fetcher:
        assert await Refresher(house.pool, redis, box_of(data_dir), fetcher).refresh() == 1
    text = await text_of(as_anna, page)
    assert "was read at" in text
    assert all(secret not in text for secret in ("hidden word", "private=secret"))
    assert "No free time" in await text_of(as_anna, f"/card/number/{CLIENT}/visits?book=yes&person={house.anna}")
    assert "is read" in await text_of(root, "/settings/visits")

    assert (await as_anna.send(f"{page}/remove", {}, page=page)).status == 303
    assert await house.pool.fetchval("select count(*) from busy_spans") == 0


async def test_another_s_calendar_is_for_who_may_change_people(
    house: House, root: Browser, app: web.Application, add_person: AddPerson
) -> None:
    page = f"/settings/visits/{house.anna}"
    assert "Calendar of Анна Смирнова" in await text_of(root, page)
    vera = await add_person("vera", Role.SUPERVISOR, every_department=True)
    async with another(root, await session_of(house.pool, app, vera)) as supervisor:
        token = csrf_of(await text_of(supervisor, "/settings/account"))
        assert (await supervisor.look(page)).status == 403
        for deed in ("", "/remove", "/link", "/unlink"):
            fields = {"csrf": token, "kind": "ical", "url": "https://example.com/x.ics"}
            answer = await supervisor.post(page + deed, data=fields, headers=HTML, allow_redirects=False)
            assert answer.status == 403
        own = f"/settings/visits/{vera}"
        assert (await supervisor.look("/settings/visits")).headers["Location"] == own
        answer = await supervisor.post("/settings/visits", data={"csrf": token}, headers=HTML, allow_redirects=False)
        assert answer.status == 403
    for wrong in ("17", str(UUID(int=7))):
        assert (await root.look(f"/settings/visits/{wrong}")).status == 404


@pytest.mark.parametrize("rights", [DESKTOP, Right])
async def test_a_token_sets_no_calendar_and_no_address(house: House, root: Browser, rights: Iterable[Right]) -> None:
    """An address would outlive the token, and a calendar of somebody else's would tell when his owner is free."""
    bearer = await token_of(house.pool, house.anna, rights)
    fields = {"kind": "ical", "url": "https://example.com/x.ics"}
    async with another(root) as program:
        for deed in ("", "/remove", "/link", "/unlink"):
            path = f"/settings/visits/{house.anna}{deed}"
            answer = await program.post(path, data=fields, headers=bearer, allow_redirects=False)
            assert answer.status == 403, deed
    assert await house.pool.fetchval("select count(*) from visit_links") == 0
    assert await house.pool.fetchval("select count(*) from calendar_feeds") == 0


async def test_the_rules_are_changed(house: House, root: Browser) -> None:
    page = "/settings/visits"
    sent = {"minutes": "90", "step_minutes": "15", "notice_minutes": "0", "days": "7"}
    assert (await root.send(page, sent | {"days": "сто"}, page=page)).status == 422
    assert (await root.send(page, sent, page=page)).status == 303
    assert 'value="90"' in await text_of(root, page)


async def test_an_address_to_subscribe_to(house: House, root: Browser, as_anna: Browser, pool: Pool) -> None:
    await booked(house, root)
    page = f"/settings/visits/{house.anna}"
    text = await (await as_anna.send(f"{page}/link", {}, page=page)).text()
    found = re.search(r"<code>http://[^<]*?(/bookings/calendar/[^<]+)</code>", text)
    assert found is not None
    assert found[1] not in await text_of(as_anna, page), "shown once"

    as_anna.session.cookie_jar.clear()
    answer = await as_anna.get(found[1])
    assert (answer.status, answer.content_type) == (200, "text/calendar")
    assert "no-store" in answer.headers["Cache-Control"]
    assert b"BEGIN:VEVENT" in await answer.read()
    for wrong in (found[1].replace("_", "-", 1), "/bookings/calendar/x.ics", found[1][:-5] + ".ics"):
        assert (await as_anna.get(wrong)).status == 404
    await root.send(f"{page}/unlink", {}, page=page)
    assert (await as_anna.get(found[1])).status == 404


async def test_the_api(house: House, root: Browser, add_person: AddPerson) -> None:
    contact = await house.contact()
    headers = await token_of(house.pool, house.anna)
    free = await (await root.get(f"/api/v1/bookings/free?person={house.anna}", headers=headers)).json()
    assert (free["minutes"], free["calendar_read_at"]) == (60, None)
    body = {
        "person": str(house.anna),
        "starts_at": free["starts"][0],
        "number": "8 (916) 123-45-67",
        "contact": str(contact),
    }
    answer = await root.post("/api/v1/bookings", json=body, headers=headers)
    made = await answer.json()
    assert (answer.status, made["number"], made["contact"]) == (201, CLIENT, "Иванов Иван")
    again = await root.post("/api/v1/bookings", json=body, headers=headers)
    assert (again.status, (await again.json())["mistakes"][0]["field"]) == (400, "starts_at")
    listed = await (await root.get("/api/v1/bookings?whose=mine&limit=1", headers=headers)).json()
    assert (listed["items"], listed["next"]) == ([made], None)
    moved = await root.post(
        f"/api/v1/bookings/{made['id']}/move", json={"starts_at": free["starts"][9]}, headers=headers
    )
    assert (await moved.json())["starts_at"] == free["starts"][9]
    nameless = await token_of(house.pool, house.anna, [Right.CARD_USE])
    shown = await (await root.get(f"/api/v1/bookings/{made['id']}", headers=nameless)).json()
    assert shown["contact"] == "", "names are for who may read contacts"
    assert (await root.delete(f"/api/v1/bookings/{made['id']}", headers=headers)).status == 204
    past = await (await root.get("/api/v1/bookings?when=past", headers=headers)).json()
    assert [one["cancelled_by"] for one in past["items"]] == ["Анна Смирнова"]
    for wrong in (
        "?when=x",
        "?whose=x",
        "?limit=0",
        "?cursor=x",
        "?a=b",
        "/free?person=x",
        f"/free?person={UUID(int=1)}",
    ):
        assert (await root.get(f"/api/v1/bookings{wrong}", headers=headers)).status == 400
