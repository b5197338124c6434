"""Lines: their pages and their API as they are shipped, and that the directory hears of every change."""

from html import unescape
from typing import Any

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.errors import InvalidInput
from trunkline.lines.line import Line, checked, search
from trunkline.people.roles import Role

OFFICE = {"number": "8 (495) 123-45-67", "name": "Офис", "city": "Москва", "operator": "МТТ", "fallback": "queue:sales"}


@pytest.fixture
async def token(pool: Pool, browser: Browser, queue: None) -> dict[str, str]:
    """The administrator's, in a house that has the queue its lines fall back on."""
    return await token_of(pool, await pool.fetchval("select id from people where login = 'root'"))


async def deeds(pool: Pool) -> list[str]:
    rows = await pool.fetch("select action from audit where object_kind = 'line' order by id")
    return [row["action"] for row in rows]


@pytest.mark.parametrize(
    ("text", "digits", "words"),
    [
        ("", None, None),
        ("495", "495", "495"),
        ("8 (495) 12", "49512", "8 (495) 12"),
        ("+7 495 123-45-67", "74951234567", None),
        ("Офис на  Тверской", None, "офис на тверской"),
    ],
)
def test_what_is_typed_is_digits_or_words(text: str, digits: str | None, words: str | None) -> None:
    assert search(text) == (digits, words)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "101"}, "number"),
        ({"label": "x" * 33}, "label"),
        ({"name": "x" * 201}, "name"),
        ({"city": "a\x00b"}, "city"),
        ({"fallback": "sales"}, "fallback"),
        ({"fallback": "queue:"}, "fallback"),
        ({"area_code": "49"}, "area_code"),
        ({"area_code": "495123"}, "area_code"),
        ({"area_code": "123"}, "area_code"),
        ({"area_code": "٤٩٥"}, "area_code"),
        ({"area_code": "495", "number": "+4930123456"}, "area_code"),
    ],
)
def test_a_mistake_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(Line(**(OFFICE | change)))
    assert [mistake.path for mistake in caught.value.mistakes] == [field]


@pytest.mark.usefixtures("queue")
async def test_a_line_is_added_found_changed_and_closed(browser: Browser, pool: Pool) -> None:
    assert "No lines yet" in await text_of(browser, "/lines")
    added = await browser.send("/lines", OFFICE, page="/lines/new")
    assert (added.status, added.headers["Location"]) == (303, "/lines")
    again = await browser.send("/lines", OFFICE, page="/lines/new")
    assert (again.status, "this line is there already" in await again.text()) == (422, True)

    for query, shown in [("q=495", True), ("q=офис", True), ("city=Москва", True), ("city=Тверь", False)]:
        assert ("+7 495 123-45-67" in await text_of(browser, f"/lines?{query}")) is shown, query
    path = "/lines/+74951234567"
    wrong = await browser.send(path, OFFICE | {"label": "x" * 33}, page=path)
    assert (wrong.status, "at most 32 characters" in await wrong.text()) == (422, True)
    assert (await browser.send(path, OFFICE | {"label": "Дом мебели"}, page=path)).status == 303
    assert (await browser.send(f"{path}/state", {"state": "returned"}, page=path)).status == 303

    row = await pool.fetchrow("select number, label, operator, active from lines")
    assert row is not None
    assert tuple(row) == ("+74951234567", "Дом мебели", "МТТ", False)
    assert await deeds(pool) == ["line.added", "line.changed", "line.closed"]
    assert "closed" in await text_of(browser, "/lines?state=returned")
    await text_of(browser, "/lines/+74950000000", 404)
    await text_of(browser, "/lines/x", 404)


async def test_a_page_speaks_russian(browser: Browser) -> None:
    text = await text_of(browser, "/lines", language="ru")
    assert "Линий пока нет" in text
    assert "<h1>Линии</h1>" in text


async def test_the_same_line_posted_twice_changes_nothing(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    first = await browser.post("/api/v1/lines", json=OFFICE, headers=token)
    stored = await first.json()
    assert (first.status, stored["number"], stored["active"]) == (201, "+74951234567", True)
    second = await browser.post("/api/v1/lines", json=OFFICE, headers=token)
    assert (second.status, await second.json()) == (200, stored)
    replaced = await browser.post("/api/v1/lines", json={"number": OFFICE["number"], "city": "Тверь"}, headers=token)
    assert ((await replaced.json())["city"], (await replaced.json())["operator"]) == ("Тверь", "")
    path = "/api/v1/lines/+74951234567"
    closed = await browser.patch(path, json={"active": False}, headers=token)
    changed = {"active": False, "state": "returned", "state_since": (await closed.json())["state_since"]}
    assert await closed.json() == (await replaced.json()) | changed
    assert await (await browser.get(path, headers=token)).json() == await closed.json()
    assert await deeds(pool) == ["line.added", "line.changed", "line.closed"]


WRONG_REQUESTS: list[tuple[str, str, object, int, str]] = [
    ("POST", "", OFFICE | {"number": "12"}, 400, "number"),
    ("POST", "", OFFICE | {"label": "x" * 33}, 400, "label"),
    ("POST", "", OFFICE | {"pbx": "nowhere"}, 400, "pbx"),
    ("POST", "", OFFICE | {"fallback": "queue:nosuch"}, 400, "there is no queue 'nosuch'; there are sales"),
    ("POST", "", OFFICE | {"colour": "red"}, 400, "colour"),
    ("PATCH", "/+74951234567", {"city": "Тверь"}, 404, "no such line"),
    ("GET", "/x", None, 400, "number"),
    ("GET", "?active=maybe", None, 400, "active"),
    ("GET", "?mode=maybe", None, 400, "mode"),
    ("GET", "?state=maybe", None, 400, "state"),
    ("POST", "", OFFICE | {"mode": "watch"}, 400, "mode"),
    ("POST", "", OFFICE | {"active": False, "state": "active"}, 400, "active"),
    ("GET", "?cursor=!", None, 400, "cursor"),
    ("GET", "?number=abc", None, 400, "number"),
]


async def test_a_wrong_request_names_its_field(browser: Browser, token: dict[str, str]) -> None:
    for method, path, body, status, field in WRONG_REQUESTS:
        answer = await browser.request(method, f"/api/v1/lines{path}", json=body, headers=token)
        text = await answer.text()
        assert (answer.status, field in text) == (status, True), f"{method} {path} {body}: {text}"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("mode", "нужно observe, advise или route"),
        ("state", "нужно одно из: ordered, quarantine, active, retiring, returned"),
    ],
)
async def test_a_mode_or_state_that_is_none_is_told_in_the_readers_language(
    browser: Browser, token: dict[str, str], field: str, told: str
) -> None:
    path, russian = "/api/v1/lines", token | {"Accept-Language": "ru"}
    assert (await browser.post(path, json=OFFICE, headers=token)).status == 201
    posted = await browser.post(path, json=OFFICE | {field: "watch"}, headers=russian)
    patched = await browser.patch(f"{path}/+74951234567", json={field: "watch"}, headers=russian)
    asked = await browser.get(f"{path}?{field}=watch", headers=russian)

    for answer, place in ((posted, f"$.{field}"), (patched, f"$.{field}"), (asked, field)):
        assert (answer.status, (await answer.json())["mistakes"]) == (400, [{"field": place, "message": told}])


async def test_a_fallback_names_a_queue_that_exists(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    assert (await browser.post("/api/v1/lines", json=OFFICE, headers=token)).status == 201
    path, api = "/lines/+74951234567", "/api/v1/lines/+74951234567"
    told = "there is no queue 'nosuch'; there are sales"

    changed = await browser.patch(api, json={"fallback": "queue:nosuch"}, headers=token)
    assert (changed.status, (await changed.json())["mistakes"]) == (400, [{"field": "fallback", "message": told}])
    for place in (path, "/lines"):
        sent = OFFICE | {"number": "+74957654321", "fallback": "queue:nosuch"}
        wrong = await browser.send(place, sent, page=path)
        assert (wrong.status, told in unescape(await wrong.text())) == (422, True), place
    assert await pool.fetchval("select array_agg(fallback) from lines") == ["queue:sales"]

    await pool.execute("delete from queues")
    closed = await browser.patch(api, json={"active": False}, headers=token)
    assert closed.status == 200, "a line whose queue has gone since can still be closed"


async def test_the_area_code_by_page_and_api(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    path, api = "/lines/+74951234567", "/api/v1/lines/+74951234567"
    added = await browser.post("/api/v1/lines", json=OFFICE | {"area_code": "495"}, headers=token)
    assert (await added.json())["area_code"] == "495"
    assert 'value="495"' in await text_of(browser, path)
    wrong = await browser.send(path, OFFICE | {"area_code": "12"}, page=path)
    assert (wrong.status, "make ten with what callers send" in await wrong.text()) == (422, True)
    refused = await browser.patch(api, json={"area_code": "1234567"}, headers=token)
    assert (await refused.json())["mistakes"][0]["field"] == "area_code"
    assert (await browser.send(path, OFFICE | {"area_code": " 4842 "}, page=path)).status == 303
    async with pool.acquire() as connection:
        assert (await read_head(connection)).lines["+74951234567"].area_code == "4842"
    assert (await (await browser.patch(api, json={"area_code": ""}, headers=token)).json())["area_code"] == ""
    stored = await (await browser.post("/api/v1/lines", json=OFFICE, headers=token)).json()
    assert stored["area_code"] == "", "off where nobody asks for it"


async def test_lines_are_paged_without_gaps(browser: Browser, token: dict[str, str]) -> None:
    for number in range(7):
        await browser.post("/api/v1/lines", json={"number": f"+7495123456{number}"}, headers=token)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await (await browser.get(f"/api/v1/lines?limit=3&cursor={cursor}", headers=token)).json()
        seen, cursor = seen + [line["number"] for line in page["items"]], page["next"]
    assert seen == [f"+7495123456{number}" for number in range(7)]


async def test_who_sees_some_lines_sees_and_changes_only_those(
    browser: Browser, pool: Pool, token: dict[str, str], add_person: AddPerson
) -> None:
    for number in ("+74951234567", "+74951234568"):
        await browser.post("/api/v1/lines", json={"number": number}, headers=token)
    own = await pool.fetchval("select id from lines where number = '+74951234567'")
    marketer = await add_person("maria", Role.MARKETER, every_line=False, lines=frozenset({own}))
    narrow = await token_of(pool, marketer)

    assert browser.app is not None
    async with another(browser, await session_of(pool, browser.app, marketer)) as somebody:
        text = await text_of(somebody, "/lines")
        assert ("123-45-67" in text, "123-45-68" in text, "Add a line" in text) == (True, False, False)
        await text_of(somebody, "/lines/+74951234568", 404)
        await text_of(somebody, "/lines/new", 403)
    listed = await (await browser.get("/api/v1/lines", headers=narrow)).json()
    assert [line["number"] for line in listed["items"]] == ["+74951234567"]
    path = "/api/v1/lines"
    assert (await browser.patch(f"{path}/+74951234567", json={"city": "Тверь"}, headers=narrow)).status == 200
    assert (await browser.patch(f"{path}/+74951234568", json={"city": "Тверь"}, headers=narrow)).status == 404
    assert (await browser.post(path, json={"number": "+74951234568"}, headers=narrow)).status == 403
    assert (await browser.post(path, json={"number": "+74951234569"}, headers=narrow)).status == 403
    assert await pool.fetchval("select count(*) from lines where city = 'Тверь'") == 1


async def test_the_directory_hears_of_a_change(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await pool.execute("truncate directory_changes")
    await browser.post("/api/v1/lines", json=OFFICE, headers=token)
    async with pool.acquire() as connection:
        assert (await read_head(connection)).lines["+74951234567"].name == "Офис"
        await browser.patch("/api/v1/lines/+74951234567", json={"active": False}, headers=token)
        assert (await read_head(connection)).lines == {}
    kinds = [row["kind"] for row in await pool.fetch("select kind from directory_changes")]
    assert kinds == ["head"] * 2
