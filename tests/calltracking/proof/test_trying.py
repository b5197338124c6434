"""A test call: which address it may open, what its rows come to, and its pages from the link to the result."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from calltracking.proof.testcall import Found, Verdict, checked_page, judged, tagged
from tests.calltracking.conftest import KEY, OWN, Rows, number_of
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, add_call
from tests.web.composed import text_of
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.ids import uuid7
from trunkline.people.roles import Role

TESTS = "/reports/proof/tests"
HOSTS = ["www.example.ru", "*.shop.example.ru"]
NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINE, OTHER, CALL = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "https://www.example.ru/"),
        ("https://www.example.ru/окна?a=1#x", "https://www.example.ru/окна?a=1#x"),
        ("http://a.shop.example.ru/", "http://a.shop.example.ru/"),
    ],
)
def test_a_page_of_the_site_is_taken(text: str, told: str) -> None:
    assert checked_page(text, HOSTS) == told


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)//www.example.ru", "https://example.com/", "//www.example.ru", "https://www.example.ru@evil.ru/",
     "https://shop.example.ru/", "https://www.example.ru/" + "x" * 400, "https://[::1", "https://www.example.ru/\n"],
)  # fmt: skip
def test_any_other_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        checked_page(text, HOSTS)


def test_the_link_has_the_tags_of_the_test_alone() -> None:
    link = tagged("https://www.example.ru/p?utm_source=yandex&a=1#top", "test-0123456789")
    assert link == (
        "https://www.example.ru/p?a=1&utm_source=trunkline-test&utm_medium=test&utm_campaign=test-0123456789"
    )


@pytest.mark.parametrize(
    ("found", "minutes", "verdict"),
    [
        (Found(), 1, Verdict("open")),
        (Found(), 31, Verdict("failed", "late")),
        (Found(MINE, call_id=CALL), 1, Verdict("open")),
        (Found(MINE, call_id=CALL, over=True), 1, Verdict("failed", "elsewhere")),
        (Found(MINE, call_id=CALL, over=True, given_to=OTHER, confidence=0.9), 1, Verdict("failed", "elsewhere")),
        (Found(MINE, call_id=CALL, given_to=MINE, confidence=0.9), 40, Verdict("passed")),
        (Found(MINE, call_id=CALL, given_to=MINE, confidence=0.3), 1, Verdict("open")),
        (Found(MINE, call_id=CALL, over=True, given_to=MINE, confidence=0.3), 1, Verdict("failed", "unsure")),
    ],
)
def test_what_the_rows_come_to(found: Found, minutes: int, verdict: Verdict) -> None:
    assert judged(found, NOON, NOON + timedelta(minutes=minutes)) == verdict


async def begin(browser: Browser, page: str = "") -> str:
    answer = await browser.send(f"{TESTS}?site={KEY}", {"page": page}, page=f"{TESTS}?site={KEY}")
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def visit(rows: Rows, mark: str) -> UUID:
    """The visit of the link, with a number of its own."""
    now, visit = datetime.now(UTC), uuid7(datetime.now(UTC).timestamp())
    await rows.pool.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, campaign)"
        " values ($1, $1, $2, $3, $3, 'https://www.example.ru/', '', '', 'full', $4)",
        *(visit, rows.site, now, mark),
    )
    await rows.pool.execute(
        "insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds,"
        " granted_at, seen_until, until) values ($1, $2, 'exclusive', $3, $4, 'main', $5, $5, 900, $6, $6, $6)",
        *(uuid7(now.timestamp()), number_of(0), rows.numbers, rows.site, visit, now),
    )
    return visit


async def test_a_test_goes_from_the_link_to_its_row(browser: Browser, pool: Pool) -> None:
    rows = await Rows(pool).make(2)
    path = await begin(browser)
    page = await text_of(browser, path)
    mark = re.search(r"utm_campaign=(test-[a-z0-9]{10})", page)
    assert mark
    assert "Open the link in a private window" in page

    visited = await visit(rows, mark[1])
    assert (await browser.send(f"{path}/look", {}, page=path)).status == 303
    page = await text_of(browser, path)
    assert "495 200-00-00" in page
    assert "Call the number from any telephone" in page

    call = await add_call(pool, ANNA, "answered", line=number_of(0), at=datetime.now(UTC), talk=5)
    async with pool.acquire() as connection:
        told = Attribution(call, number_of(0), ANNA, ToldBy.VISIT, 0.97, visited, visited, "Окна", "Other")
        await keep_attributions(connection, [told])
    await browser.send(f"{path}/look", {}, page=path)
    page = await text_of(browser, path)
    assert "Passed." in page
    assert "97%" in page
    assert f"/calls/{call}" in page
    assert "Passed" in (await text_of(browser, f"/reports/proof?site={KEY}&days=1")).replace("passed", "Passed")
    assert (await browser.send(f"{path}/end", {}, page="/reports/proof/bills")).status == 303
    assert await pool.fetchval("select state from tracking_tests") == "passed"


async def test_a_test_may_be_given_up_and_is_not_begun_in_vain(browser: Browser, pool: Pool) -> None:
    await Rows(pool).make(1)
    path = await begin(browser, "https://www.example.ru/окна")
    await browser.send(f"{path}/end", {}, page=path)
    assert "It was given up here." in await text_of(browser, path)

    await pool.execute("update tracking_placements set pool_id = null")
    answer = await browser.send(f"{TESTS}?site={KEY}", {"page": ""}, page=f"{TESTS}?site={KEY}")
    assert (answer.status, "The site leases no numbers" in await answer.text()) == (422, True)
    assert (await browser.look(f"{TESTS}/{MINE}")).status == 404


async def test_a_test_nobody_looks_after_is_late(browser: Browser, pool: Pool) -> None:
    await Rows(pool).make(1)
    path = await begin(browser)
    await pool.execute("update tracking_tests set started_at = now() - interval '31 minutes'")
    assert "Half an hour went by" in await text_of(browser, path)
    await browser.send(f"{path}/look", {}, page=path)
    assert await pool.fetchval("select array[state, why] from tracking_tests") == ["failed", "late"]


async def test_who_sees_other_lines_sees_no_test(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await Rows(pool).make(1)
    path = await begin(browser)
    line = await pool.fetchval("select id from lines where number <> $1", OWN)
    person = await add_person(
        "other", Role.SUPERVISOR, every_department=True, every_line=False, lines=frozenset({line})
    )
    async with another(browser, await session_of(pool, browser.app, person)) as other:
        assert (await other.look(path)).status == 404
        assert (await other.look(f"{TESTS}?site={KEY}")).status == 404
