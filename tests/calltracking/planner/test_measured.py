"""The ledger to a plan: quarters that are counted once, a forecast that comes true, and what is read for it."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calltracking.planner.measuring import SQL, measure
from calltracking.planner.plan import Plan
from calltracking.planner.store import read_measurement, reckon
from calltracking.simulation.leasing import lease
from calltracking.simulation.policies import pools
from calltracking.simulation.shapes import DAY, SHAPES, Shape
from calltracking.simulation.traffic import traffic
from tests.calltracking.conftest import Rows, Street
from tests.calltracking.planner.ledger import NOW, Leased, Ledger
from trunkline.db.types import Connection
from trunkline.ids import lowest_id

ZONE = ZoneInfo("Europe/Moscow")
HOUR = timedelta(hours=1)


async def plan_at(ledger: Ledger, now: datetime, chosen: int | None = None) -> Plan:
    async with ledger.pool.acquire() as connection:
        found = await read_measurement(connection, ledger.rows.numbers, now, ZONE)
    assert found is not None
    return await reckon(found, ZONE, chosen)


async def quarters(ledger: Ledger) -> list[tuple[int, ...]]:
    names = "exclusive, cooling, shared, missed, dwell_seconds"
    return [tuple(row) for row in await ledger.pool.fetch(f"select {names} from pool_quarters order by at")]


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_measured_month_forecasts_the_next_as_the_simulation_plays_it(ledger: Ledger, shape: Shape) -> None:
    made, days, numbers = traffic(6, per_hour=60, days=28, shape=shape), 14, 17
    begin = datetime(2026, 10, 20, 21, tzinfo=UTC)
    moment = {visit.place: begin + timedelta(seconds=visit.at) for visit in made.visits}
    played = lease(made, pools("hard", numbers, 300, 6, 1))
    first = [visit for visit in made.visits if visit.at < days * DAY]
    served = [visit for visit in first if visit.place in played.number]
    await ledger.write(Leased(moment[one.place], one.place % 10, one.free_at - one.at) for one in served)
    await ledger.miss(moment[one.place] for one in first if one.place not in played.number)

    middle = begin + timedelta(days=days)
    await measure(ledger.pool, middle)
    plan = await plan_at(ledger, middle, numbers)

    later = [visit.place in played.number for visit in made.visits if visit.at >= days * DAY]
    assert (plan.asked, plan.missed) == (len(first), len(first) - len(served))
    size = plan.size(numbers)
    assert size is not None
    assert size.coverage == pytest.approx(sum(later) / len(later), abs=0.02)


async def test_a_quarter_is_counted_once_however_often_it_is_counted(ledger: Ledger) -> None:
    at = NOW - 2 * HOUR
    await ledger.write([Leased(at), Leased(at, 1, kind="cooling"), Leased(at, 1, kind="shared")])
    await ledger.miss([at, at])
    await ledger.hold([2], NOW)

    for minutes in (0, 1, 20):
        await measure(ledger.pool, NOW + timedelta(minutes=minutes))

    assert await quarters(ledger) == [(1, 1, 1, 2, 540), (1, 0, 0, 0, 60 * 21)]


async def test_a_clock_that_was_put_back_counts_nothing_twice(ledger: Ledger) -> None:
    await ledger.write([Leased(NOW - HOUR), Leased(NOW)])
    await measure(ledger.pool, NOW + HOUR)

    await measure(ledger.pool, NOW - timedelta(minutes=30))
    await measure(ledger.pool, NOW + HOUR)

    assert [row[0] for row in await quarters(ledger)] == [1, 1]


async def test_who_gets_none_is_counted_and_who_gets_one_after_all_asked_once(street: Street, rows: Rows) -> None:
    await rows.pool.execute("update tracking_pools set most_sharing = 1")
    await street.look()
    people = [street.visitor() for _ in range(5)]
    kinds = [(await one.number())[1] for one in people]
    assert kinds == ["exclusive"] * 3 + ["own"] * 2
    await people[3].number()
    await people[0].post("swap", page="https://www.example.ru/", placements=[])
    await rows.pool.execute("update tracking_pools set most_sharing = 2")
    await street.look()

    assert (await people[3].number())[1] == "shared"
    await measure(rows.pool, datetime.now(UTC))

    (row,) = await rows.pool.fetch("select sum(exclusive), sum(shared), sum(missed) from pool_quarters")
    assert tuple(row) == (3, 1, 1)


async def test_a_week_and_a_hundred_visitors_are_asked_for(ledger: Ledger) -> None:
    empty = await plan_at(ledger, NOW)
    await ledger.write(Leased(NOW - timedelta(days=6, minutes=place)) for place in range(200))
    await measure(ledger.pool, NOW)
    young = await plan_at(ledger, NOW)
    grown = await plan_at(ledger, NOW + timedelta(days=2))

    assert (empty.since, empty.asked, empty.enough, empty.sizes) == (None, 0, False, ())
    assert (young.asked, young.enough, young.dwell_seconds) == (200, False, 180)
    assert not grown.enough, "nothing was counted since"
    await measure(ledger.pool, NOW + timedelta(days=2))
    grown = await plan_at(ledger, NOW + timedelta(days=2))
    assert grown.enough
    assert {10, grown.for_goal} <= {one.numbers for one in grown.sizes}
    assert grown.per_hour_peak == 60
    assert len(grown.hours) == 24


async def test_the_price_is_the_mean_fee_of_its_lines(ledger: Ledger) -> None:
    await ledger.write(Leased(NOW - timedelta(minutes=90 * place)) for place in range(200))
    await measure(ledger.pool, NOW)
    assert {one.monthly for one in (await plan_at(ledger, NOW)).sizes} == {None}
    for place, fee in enumerate((100, 301)):
        await ledger.pool.execute(
            "insert into line_operators (line_id, operator, since, fee)"
            " select id, 'МТС', '2026-01-01', $2 from lines where number = $1",
            *(f"+7495200{place:04d}", fee),
        )

    plan = await plan_at(ledger, NOW, 20)

    assert (str(plan.fee), plan.fees_known) == ("200.50", 2)
    assert {one.numbers: str(one.monthly) for one in plan.sizes}[20] == "4010.00"


async def test_a_pool_whose_numbers_are_gone_says_how_many_it_needs(ledger: Ledger) -> None:
    await ledger.write(Leased(NOW - timedelta(minutes=50 * place)) for place in range(600))
    await measure(ledger.pool, NOW)
    await ledger.pool.execute("update tracking_numbers set until = $1", NOW.date())

    plan = await plan_at(ledger, NOW)

    assert (plan.numbers, plan.chosen, plan.for_goal) == (0, 0, 3)
    assert (plan.sizes[0].numbers, round(plan.sizes[0].coverage, 3)) == (0, 0.0)


async def test_a_busy_year_is_not_read_for_a_tick_or_a_plan(ledger: Ledger) -> None:
    await ledger.pool.execute(
        "insert into pool_quarters (pool_id, at, exclusive)"
        " select $1, $2::timestamptz - n * interval '15 min', 5 from generate_series(0, 35000) as n",
        *(ledger.rows.numbers, NOW.replace(minute=0)),
    )
    await ledger.write(Leased(NOW - timedelta(days=40) + timedelta(seconds=60 * place)) for place in range(57_600))
    async with ledger.pool.acquire() as connection:
        await connection.execute("analyze pool_quarters; analyze lease_history")
        since, until = NOW - timedelta(days=28), NOW
        await connection.execute(SQL["clear_quarters"], NOW - 3 * HOUR, NOW)
        read = [
            await _rows_read(connection, "quarters_of", ledger.rows.numbers, since, until),
            await _rows_read(connection, "same_hours", NOW, 4),
            await _rows_read(
                connection, "count_quarters", NOW - 2 * HOUR, NOW, lowest_id(NOW - 2 * HOUR), lowest_id(NOW), NOW
            ),
            await _rows_read(connection, "pools_now", NOW.date(), NOW, lowest_id(NOW - HOUR)),
        ]
    assert read[0] <= 2688
    assert max(read[1:]) < 1000


async def _rows_read(connection: Connection, name: str, *arguments: object) -> float:
    """Rows that its scans gave or threw away."""
    (row,) = await connection.fetch(f"explain (analyze, format json) {SQL[name]}", *arguments)
    rest = [(row[0] if isinstance(row[0], list) else json.loads(row[0]))[0]["Plan"]]
    read = 0.0
    while rest:
        node = rest.pop()
        rest += node.get("Plans", ())
        if node.get("Relation Name", "").startswith(("pool_quarters", "lease_")):
            read += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return read
