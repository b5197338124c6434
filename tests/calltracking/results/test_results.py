"""What each channel brought: visits, and the calls they explain."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.calltracking.conftest import OWN, Rows, number_of
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, VERA, add_call
from tests.web.composed import text_of
from trunkline.calls.attribution import Attribution, Other, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.roles import Role

NOW = datetime.now(UTC) - timedelta(minutes=1)


async def add_visit(rows: Rows, channel: str, source: str, *, visitor: UUID | None = None) -> UUID:
    visit = uuid7(NOW.timestamp())
    await rows.pool.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, channel,"
        " source, medium) values ($1, $2, $3, $4, $4, $5, '', '', 'full', $6, $7, 'cpc')",
        *(visit, visitor or uuid7(time.time()), rows.site, NOW, "https://www.example.ru/окна?utm_source=x"),
        *(channel, source),
    )
    return visit


async def add_attributed(rows: Rows, channel: str, *, client: str, talk: float = 0.0, sure: float = 0.99) -> UUID:
    outcome = "answered" if talk else "missed"
    call_id = await add_call(rows.pool, client, outcome, line=number_of(0), at=NOW, talk=talk)
    visit, other = uuid7(NOW.timestamp()), Other(uuid7(NOW.timestamp()), "Direct", "(direct)", "", 0.2)
    async with rows.pool.acquire() as connection:
        known = Attribution(call_id, number_of(0), client, ToldBy.VISIT, sure, visit, visit, "Окна", channel, "yandex")
        await keep_attributions(connection, [known])
        await keep_attributions(connection, [Attribution(**_fields(known) | {"others": (other,)})])
    return call_id


def _fields(one: Attribution) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


@pytest.fixture
async def rows(pool: Pool) -> Rows:
    rows = await Rows(pool).make()
    async with pool.acquire() as connection:
        await ensure_partitions(connection, NOW.date())
    for _ in range(4):
        await add_visit(rows, "Paid Search", "yandex")
    visitor = uuid7(time.time())
    for _ in range(2):
        await add_visit(rows, "Organic Social", "vk", visitor=visitor)
    await add_attributed(rows, "Paid Search", client=ANNA, talk=95)
    await add_attributed(rows, "Paid Search", client=ANNA, talk=12)
    await add_attributed(rows, "Paid Search", client=BORIS)
    await add_attributed(rows, "Organic Social", client=ANNA, talk=40, sure=0.6)
    await add_call(pool, VERA, "answered", line=number_of(1), at=NOW, talk=50)
    await add_call(pool, VERA, "answered", line=OWN, at=NOW, talk=50)
    return rows


async def figures(browser: Browser, query: str = "") -> Any:
    answer = await browser.look(f"/api/v1/reports/channels?days=7{query}")
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_visits_and_calls_meet_in_a_channel(browser: Browser, rows: Rows) -> None:
    told = await figures(browser)

    by_key = {row["key"]: row for row in told["rows"]}
    assert by_key["Paid Search"] == {
        "key": "Paid Search", "visits": 4, "visitors": 4, "calls": 3, "callers": 2, "answered": 2, "missed": 1,
        "missed_share": pytest.approx(1 / 3), "target": 1, "calls_per_visit": 0.75,
    }  # fmt: skip
    assert (by_key["Organic Social"]["visits"], by_key["Organic Social"]["visitors"]) == (2, 1)
    total = told["total"]
    assert (total["visits"], total["visitors"], total["calls"], total["callers"]) == (6, 5, 4, 2)
    assert (told["unexplained_calls"], told["unexplained_share"]) == (1, pytest.approx(0.2))


async def test_a_call_that_is_not_sure_enough_is_unexplained(browser: Browser, rows: Rows) -> None:
    told = await figures(browser, "&sure=sure")
    assert (told["total"]["calls"], told["unexplained_calls"]) == (3, 2)


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("source", "yandex / cpc"),
        ("landing", "https://www.example.ru/окна"),
        ("site", "Окна"),
        ("campaign", ""),
        ("keyword", ""),
        ("line", number_of(0)),
    ],
)
async def test_the_same_in_other_rows(browser: Browser, rows: Rows, by: str, key: str) -> None:
    told = await figures(browser, f"&by={by}")
    assert key in {row["key"] for row in told["rows"]}
    assert told["total"]["calls"] == 4


@pytest.mark.parametrize(("query", "field"), [("&by=horoscope", "by"), ("&sure=maybe", "sure")])
async def test_a_mistake_names_its_field(browser: Browser, rows: Rows, query: str, field: str) -> None:
    answer = await browser.look(f"/api/v1/reports/channels?days=7{query}")
    assert (answer.status, [one["field"] for one in (await answer.json())["mistakes"]]) == (400, [field])


async def test_the_page_and_the_calls_page_tell_it(browser: Browser, rows: Rows) -> None:
    text = await text_of(browser, "/reports/channels?days=7")
    assert "Paid search" in text
    assert "Source unknown" in text
    call_id = await rows.pool.fetchval("select call_id from attributions where confidence < 0.9")
    page = await text_of(browser, f"/calls/{call_id}")
    assert "Where it came from" in page
    assert "Organic social" in page
    assert "Direct, (direct)" in page


async def test_who_sees_some_departments_counts_their_calls_alone(
    browser: Browser, rows: Rows, pool: Pool, add_person: AddPerson
) -> None:
    narrow = await add_person("vera", Role.SUPERVISOR)
    async with another(browser, await session_of(pool, browser.app, narrow)) as other:
        told = await figures(other)
    assert (told["total"]["visits"], told["total"]["calls"], told["unexplained_calls"]) == (6, 0, 0)
