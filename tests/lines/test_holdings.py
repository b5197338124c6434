"""Aliases, operators and labels of a line, by the API and on its page."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.lines.test_lines import OFFICE, deeds, token
from tests.people.web import HTML, Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.lines.holding_store import sync_operators
from trunkline.lines.holdings import checked_alias, label_of_form, term_of_form

__all__ = ["token"]

LINE, OTHER = "/api/v1/lines/+74951234567", "/api/v1/lines/+74957654321"


@pytest.fixture
async def lines(browser: Browser, token: dict[str, str]) -> Browser:
    """The office and another line."""
    for number in (OFFICE["number"], "+74957654321"):
        await browser.post("/api/v1/lines", json=OFFICE | {"number": number}, headers=token)
    return browser


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("8 (495) 765-43-21", "+74957654321"),
        ("4957654321", "+74957654321"),
        ("Trunk-MSK", "trunk-msk"),
        ("7654321", "7654321"),
        ("0012345", "0012345"),
        ("SIP/mtt_1", "sip/mtt_1"),
    ],
)
def test_an_alias_is_kept_as_it_will_be_looked_for(raw: str, key: str) -> None:
    assert checked_alias(raw) == key


@pytest.mark.parametrize(
    "raw", ["", " ", "s", "a b", "x" * 41, "anonymous", "a\x00b", "_X.", "_7495!", "${EXTEN}", "101,1", "a;b", "[1-9]"]
)
def test_what_cannot_name_a_line_is_no_alias(raw: str) -> None:
    with pytest.raises(InvalidInput, match="alias"):
        checked_alias(raw)


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ["since"]),
        ({"since": "06.08.2026"}, ["operator"]),
        ({"since": "2026-08-06", "operator": "МТТ", "until": "2026-08-06"}, ["until"]),
        ({"since": "2026-08-06", "operator": "МТТ", "fee": "-1"}, ["fee"]),
        ({"since": "2026-08-06", "operator": "МТТ", "fee": "free"}, ["fee"]),
        ({"since": "2026-08-06", "operator": "М" * 201}, ["operator"]),
        ({"since": "yesterday", "fee": "x"}, ["since", "fee"]),
    ],
)
def test_a_wrong_term_names_its_fields(sent: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        term_of_form(sent)
    assert [mistake.path for mistake in caught.value.mistakes] == fields


def test_days_and_money_as_people_write_them() -> None:
    term = term_of_form({"operator": " МТТ ", "since": "06.08.2026", "fee": "1 350,50"})
    assert (term.operator, term.since, term.fee) == ("МТТ", date(2026, 8, 6), Decimal("1350.50"))
    with pytest.raises(InvalidInput, match="text"):
        label_of_form({"operator": "МТТ", "text": "x" * 33, "since": "2026-08-06"})


async def test_aliases(lines: Browser, pool: Pool, token: dict[str, str]) -> None:
    async def add(path: str, alias: str) -> tuple[int, Any]:
        answer = await lines.post(f"{path}/aliases", json={"alias": alias}, headers=token)
        return answer.status, await answer.json()

    assert await add(LINE, "Trunk-1") == (201, ["trunk-1"])
    assert await add(LINE, "trunk-1") == (200, ["trunk-1"])
    status, told = await add(OTHER, "trunk-1")
    assert (status, "+74951234567" in told["mistakes"][0]["message"]) == (400, True)
    assert (await add(LINE, "84957654321"))[0] == 400
    assert (await add(LINE, "+78001234567"))[1] == ["+78001234567", "trunk-1"]
    taken = await lines.post("/api/v1/lines", json={"number": "88001234567"}, headers=token)
    assert (taken.status, "alias" in await taken.text()) == (400, True)
    status, told = await add(LINE, "_X.")
    assert (status, "add each number" in told["mistakes"][0]["message"]) == (400, True)
    assert (await lines.delete(f"{LINE}/aliases/trunk-1", headers=token)).status == 204
    assert (await lines.delete(f"{LINE}/aliases/trunk-1", headers=token)).status == 404
    assert (await deeds(pool))[2:] == ["line.alias_added", "line.alias_added", "line.alias_removed"]


async def test_a_pattern_that_was_kept_before_can_be_taken_off(
    lines: Browser, pool: Pool, token: dict[str, str]
) -> None:
    await pool.execute("insert into line_aliases select '_x.', id from lines where number = '+74951234567'")

    assert (await lines.delete(f"{LINE}/aliases/_X.", headers=token)).status == 204
    assert await pool.fetchval("select count(*) from line_aliases") == 0


async def test_porting_keeps_what_was(lines: Browser, pool: Pool, token: dict[str, str]) -> None:
    async def put(**term: str) -> tuple[int, Any]:
        answer = await lines.post(f"{LINE}/operators", json=term, headers=token)
        return answer.status, await answer.json()

    assert (await put(operator="МТТ", since="2024-01-01", trunk="mtt", fee="350"))[0] == 201
    status, terms = await put(operator="МТС", since="2025-03-01", trunk="mts")
    assert (status, [(term["operator"], term["since"], term["until"]) for term in terms]) == (
        201,
        [("МТС", "2025-03-01", None), ("МТТ", "2024-01-01", "2025-03-01")],
    )
    assert (await put(operator="МТС", since="2025-03-01", trunk="mts"))[0] == 200
    assert (await put(operator="Билайн", since="2023-01-01"))[0] == 400, "it would overlap what came later"
    assert (await put(operator="Билайн", since="2023-01-01", until="2024-01-01"))[0] == 201
    assert (await put(operator="Билайн", since="2999-01-01"))[0] == 201
    operator = "select operator from lines where number = '+74951234567'"
    assert await pool.fetchval(operator) == "МТС"
    async with pool.acquire() as connection:
        await sync_operators(connection, date(2999, 1, 1))
    assert await pool.fetchval(operator) == "Билайн"
    renamed = await lines.patch(LINE, json={"operator": "Другой", "city": "Тверь"}, headers=token)
    assert ((await renamed.json())["operator"], (await renamed.json())["city"]) == ("Билайн", "Тверь")
    assert (await lines.delete(f"{LINE}/operators/2999-01-01", headers=token)).status == 204
    assert (await lines.delete(f"{LINE}/operators/2999-01-01", headers=token)).status == 404


async def test_labels(lines: Browser, token: dict[str, str]) -> None:
    body = {"operator": "МТТ", "text": "Дом мебели", "since": "2025-09-01"}
    assert (await lines.post(f"{LINE}/labels", json=body, headers=token)).status == 201
    assert (await lines.post(f"{LINE}/labels", json=body, headers=token)).status == 200
    assert (await lines.post(f"{LINE}/labels", json=body | {"text": "x" * 33}, headers=token)).status == 400
    assert await (await lines.get(f"{LINE}/labels", headers=token)).json() == [body]
    assert (await lines.delete(f"{LINE}/labels/2025-09-01", headers=token)).status == 400
    assert (await lines.delete(f"{LINE}/labels/2025-09-01?operator=МТТ", headers=token)).status == 204


async def test_the_page_of_a_line(lines: Browser, pool: Pool) -> None:
    path = "/lines/+74951234567"
    for part, sent in [
        ("aliases", {"aliases-alias": "trunk-1"}),
        ("operators", {"operators-operator": "МТС", "operators-since": "2025-03-01", "operators-fee": "99,90"}),
        ("labels", {"labels-operator": "МТС", "labels-text": "Дом мебели", "labels-since": "2025-09-01"}),
        ("state", {"state": "retiring"}),
    ]:
        assert (await lines.send(f"{path}/{part}", sent, page=path)).status == 303, part
    text = await text_of(lines, path)
    assert all(word in text for word in ("trunk-1", "МТС", "Дом мебели", "retiring", "Keep it after all"))
    wrong = await lines.send(
        f"{path}/operators", {"operators-operator": "X", "operators-since": "2020-01-01"}, page=path
    )
    assert (wrong.status, "overlaps" in await wrong.text()) == (422, True)
    assert (await lines.send(f"{path}/state", {"state": "ordered"}, page=path)).status == 422
    for part, sent in [
        ("aliases", {"aliases-alias": "trunk-1"}),
        ("operators", {"operators-since": "2025-03-01"}),
        ("labels", {"labels-operator": "МТС", "labels-since": "2025-09-01"}),
    ]:
        assert (await lines.send(f"{path}/{part}/remove", sent, page=path)).status == 303, part
    for table in ("line_aliases", "line_operators", "line_labels"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0


async def test_modes_are_switched_and_back_in_one_click(lines: Browser, pool: Pool) -> None:
    async def modes() -> list[str]:
        return [row["mode"] for row in await pool.fetch("select mode from lines order by number")]

    ticked = [("number", "+74951234567"), ("number", "+74957654321"), ("mode", "observe"), ("back", "/lines?q=495")]
    data = [("csrf", await lines.token("/lines")), *ticked]
    answer = await lines.post("/lines/mode", data=data, headers=HTML, allow_redirects=False)
    assert (answer.status, answer.headers["Location"], await modes()) == (303, "/lines?q=495", ["observe"] * 2)
    one = {"number": "+74951234567", "mode": "route", "back": "https://example.org/"}
    answer = await lines.send("/lines/mode", one, page="/lines")
    assert (answer.headers["Location"], await modes()) == ("/lines", ["route", "observe"])
    assert (await lines.send("/lines/mode", {"mode": "route"}, page="/lines")).status == 400
    assert (await deeds(pool))[2:] == ["line.mode"] * 3
    assert "+7 495 765-43-21" not in await text_of(lines, "/lines?mode=route")
