"""Numbers given again while they rested, and shared ones: counted against a ledger made by hand."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from calltracking.planner.measuring import SQL
from tests.calltracking.conftest import number_of
from tests.calltracking.planner.ledger import Leased, Ledger
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.reports.calls import ANNA, add_call
from tests.web.composed import text_of, token_of
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.partitions import ensure_partition
from trunkline.ids import lowest_id, uuid7
from trunkline.people.roles import Right, Role

AT = datetime.fromisoformat("2026-11-20T12:00:00+03:00")
DAYS = "since=2026-11-19&until=2026-11-21"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def reused(ledger: Ledger) -> Ledger:
    """A cooling and a shared lease with calls, an exclusive one with a call, and calls beside them."""
    await ledger.write(
        [
            Leased(AT, 0),
            Leased(AT + 10 * MINUTE, 1, 600, "cooling"),
            Leased(AT, 2, 1200),
            Leased(AT + MINUTE, 2, 300, "shared"),
            Leased(AT - timedelta(days=1), 3, kind="shared"),
            Leased(AT - timedelta(days=9), 3, kind="shared"),
        ]
    )
    await heard(ledger, 0, AT + MINUTE, 0.99)
    await heard(ledger, 1, AT + 12 * MINUTE, 0.95)
    await heard(ledger, 1, AT + 24 * MINUTE, 0.6)
    await heard(ledger, 1, AT + 26 * MINUTE, 0.9)
    await heard(ledger, 2, AT + 5 * MINUTE, 0.3)
    await heard(ledger, 2, AT + 6 * MINUTE, None)
    await heard(ledger, 2, AT + 15 * MINUTE, 0.9)
    return ledger


async def heard(ledger: Ledger, place: int, at: datetime, sure: float | None) -> UUID:
    """A call to a number, and how sure its visit is."""
    call = await add_call(ledger.pool, ANNA, "answered", line=number_of(place), at=at, talk=40)
    if sure is not None:
        visit = uuid7(at.timestamp())
        told = Attribution(call, number_of(place), ANNA, ToldBy.VISIT, sure, visit, visit, "Окна")
        async with ledger.pool.acquire() as connection:
            await ensure_partition(connection, "attributions", at.year, at.month)
            await keep_attributions(connection, [told])
    return call


async def test_leases_and_calls_are_counted_by_day_and_site(
    browser: Browser, reused: Ledger, add_person: AddPerson
) -> None:
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(reused.pool, person, [Right.SITES_EDIT, Right.CALLS_READ])
    path = f"/api/v1/pools/{reused.rows.numbers}/reuse?{DAYS}"

    told = await (await browser.get(path, headers=headers)).json()

    common = {"site": "Окна"}
    assert told["rows"] == [
        common
        | {"day": "2026-11-20", "cooling": 1, "shared": 1, "calls": 4}
        | {"sure": 1, "likely": 1, "unsure": 1, "unexplained": 1},
        common
        | {"day": "2026-11-19", "cooling": 0, "shared": 1, "calls": 0}
        | {"sure": 0, "likely": 0, "unsure": 0, "unexplained": 0},
    ]
    assert (told["sum"]["shared"], told["sum"]["calls"]) == (2, 4)
    assert [(one["dialled"], one["kind"]) for one in told["calls"]] == [
        (number_of(1), "cooling"),
        (number_of(1), "cooling"),
        (number_of(2), "shared"),
        (number_of(2), "shared"),
    ]


async def test_the_calls_are_for_who_may_read_calls(browser: Browser, reused: Ledger, add_person: AddPerson) -> None:
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(reused.pool, person, [Right.SITES_EDIT])

    told = await (await browser.get(f"/api/v1/pools/{reused.rows.numbers}/reuse?{DAYS}", headers=headers)).json()

    assert (told["sum"]["calls"], told["calls"]) == (4, [])


async def test_the_page_and_its_file(browser: Browser, reused: Ledger) -> None:
    path = f"/sites/pools/{reused.rows.numbers}/reuse"
    call = await reused.pool.fetchval("select id from calls where dialled = $1 order by id limit 1", number_of(1))

    text = await text_of(browser, f"{path}?{DAYS}")
    assert f'href="/calls/{call}"' in text
    assert "Calls to them" in text
    file = await (await browser.look(f"{path}.csv?{DAYS}")).text()
    assert file.splitlines()[1].endswith(";Окна;1;1;4;1;1;1;1")
    assert "No number was given again too soon" in await text_of(browser, f"{path}?since=2026-10-01&until=2026-10-02")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("days=93", "must be at most 92 days"),
        ("days=0", "must be a number of days from 1 to 366"),
        ("since=yesterday", "must be a day: 2026-08-06"),
    ],
)
async def test_days_that_mean_nothing_are_refused(browser: Browser, ledger: Ledger, query: str, said: str) -> None:
    for path in ("/sites/pools/{}/reuse", "/sites/pools/{}/reuse.csv", "/api/v1/pools/{}/reuse"):
        answer = await browser.look(f"{path.format(ledger.rows.numbers)}?{query}")
        assert answer.status == 400
        assert said in await answer.text()


async def test_leases_without_a_risk_are_not_read(reused: Ledger) -> None:
    await reused.write(Leased(AT + timedelta(seconds=place), place % 10) for place in range(20_000))
    await reused.pool.execute("analyze lease_history")
    window = lowest_id(AT - timedelta(days=30)), lowest_id(AT + timedelta(days=1))

    rows = await reused.pool.fetch(
        f"explain (analyze, timing off, costs off) {SQL['risky_leases']}",
        *(reused.rows.numbers, AT.date() - timedelta(days=30), AT.date() + timedelta(days=1), "Europe/Moscow", *window),
    )

    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan on lease_history_2026_11" not in plan
    assert "pool_id_id_idx" in plan
