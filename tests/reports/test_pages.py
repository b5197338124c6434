"""The pages of reports and their API: each figure leads to the calls it counts."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, SALES, SERVICE, VERA, add_call, add_choice, add_line, caller, outside
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role
from trunkline.reports.rollup import roll_up

_LINK = re.compile(r'<a href="(/calls\?[^"]+)">([^<]+)</a>')
_FIGURE = re.compile(r'<dt><a href="(/calls\?[^"]+)">[^<]+</a></dt><dd>([^<]+)</dd>')


@pytest.fixture
async def weeks(pool: Pool) -> Pool:
    """A line that was good for weeks and is bad today, and one with a few calls; answered and not, both ways."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    await add_line(pool, SALES, "Mango")
    for number in range(60):
        await add_call(pool, ANNA, "answered", at=now - timedelta(days=8, seconds=number), talk=60, legs=[caller()])
    for number in range(25):
        at = now - timedelta(seconds=number)
        if number < 5:
            await add_call(pool, ANNA, "answered", at=at, talk=4, queues=("sales",), legs=[caller()])
        else:
            legs = [caller(cause=38 if number % 2 else 17)]
            await add_call(pool, BORIS, "missed", at=at, why="no_answer", queues=("sales",), legs=legs)
    await add_call(pool, VERA, "missed", line=SERVICE, at=now, why="busy", legs=[caller(cause=34)])
    await add_call(pool, VERA, "missed", at=now, why="abandoned", wait=2, legs=[caller()])
    await add_call(pool, VERA, "screened", at=now)
    for number in range(40):
        talked = number % 4 > 0
        leg = outside(cause=16 if talked else 34, delay=2.0 if talked else None, talk=30.0, answered=talked)
        outcome, why = ("answered", None) if talked else ("missed", "rejected")
        at = now - timedelta(seconds=number)
        call_id = await add_call(pool, ANNA, outcome, at=at, why=why, direction="out", talk=30, legs=[leg])
        await add_choice(pool, call_id, SALES, at=at)
    return pool


@pytest.mark.parametrize("rolled", [False, True])
async def test_each_figure_leads_to_its_calls(browser: Browser, weeks: Pool, rolled: bool) -> None:
    if rolled:
        await roll_up(weeks, "Europe/Moscow")
    for path in ("/reports", "/reports/lines"):
        text = await text_of(browser, path)
        links = [*_LINK.findall(text), *_FIGURE.findall(text)]
        assert len(links) > 6
        for href, told in {link: None for link in links if link[1].strip().isdecimal()}:
            listed = await text_of(browser, html.unescape(href))
            if "lost=yes" in href:
                assert listed.count('class="row-link"') >= int(told) > 0, href
            else:
                assert listed.count('class="row-link"') == int(told), href


async def test_the_page_of_lines(browser: Browser, pool: Pool) -> None:
    assert "No call in this time" in await text_of(browser, "/reports/lines")


async def test_what_the_page_of_lines_tells(browser: Browser, weeks: Pool) -> None:
    text = await text_of(browser, "/reports/lines")

    assert "Fewer are answered than usual" in text
    assert "usually 100%" in text
    assert "20%" in text  # 5 of 25
    assert "0 of 1" in text
    assert "network out of order (38)" in text
    assert "Mango" in text
    assert "p95\u00a02.0\u00a0s" in text
    russian = await text_of(browser, "/reports/lines", language="ru")
    assert "Линии и операторы" in russian
    assert "сеть неисправна (38)" in russian


async def test_the_api(browser: Browser, weeks: Pool) -> None:
    missed = await (await browser.get("/api/v1/reports/missed?days=7")).json()
    total = missed["total"]
    assert (total["answered"], total["missed"], total["hung_up_at_once"], total["kept_out"]) == (5, 21, 1, 1)
    assert (total["callers"], total["callers_lost"]) == (3, 2)
    assert missed["reasons"] == {"no_answer": 20, "busy": 1}
    told = await (await browser.get("/api/v1/reports/lines?days=7")).json()
    first, few, out = told["lines"]
    assert (first["line"], first["operator"], first["answered_share"], first["fell"]) == (SALES, "Mango", 0.2, True)
    assert (first["usual_share"], first["short_talks"], first["failed"]) == (1.0, 5, 10)
    assert (few["line"], few["calls"], few["answered_share"], few["failed"]) == (SERVICE, 1, None, 1)
    assert (out["direction"], out["answered"], out["failed"], out["post_dial_median"]) == ("out", 30, 10, 2.0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("days=0", "days"),
        ("days=400", "days"),
        ("days=²", "days"),
        ("since=yesterday", "since"),
        ("since=0001-01-01", "since"),
        ("since=2026-03-02&until=2026-03-01", "until"),
        ("since=2024-03-02&until=2026-03-01", "until"),
        ("days=7&since=2026-03-01", "days"),
    ],
)
async def test_days_that_are_none_are_told(browser: Browser, query: str, field: str) -> None:
    for report in ("missed", "lines"):
        answer = await browser.get(f"/api/v1/reports/{report}?{query}")
        assert answer.status == 400
        assert [one["field"] for one in (await answer.json())["mistakes"]] == [field]


async def test_days_may_be_named(browser: Browser, pool: Pool) -> None:
    answer = await browser.get("/api/v1/reports/missed?since=2026-03-01&until=2026-03-31")
    told = await answer.json()
    assert (told["since"], told["until"], told["total"]["missed"]) == ("2026-03-01", "2026-03-31", 0)


async def test_an_agent_may_not_see_them(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    async with another(browser, await session_of(pool, browser.app, anna)) as agent:
        for path in ("/reports/lines", "/api/v1/reports/missed", "/api/v1/reports/lines"):
            assert (await agent.get(path)).status == 403
