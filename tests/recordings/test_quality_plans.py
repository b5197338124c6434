"""The queue of reviews and the figures of agents read the calls they tell of alone, however many there are."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from recordings.checklist import SQL
from tests.recordings.test_plans import LAST, SCOPES, connection, nodes_of, read
from trunkline.ids import month_bounds, uuid7

__all__ = ["connection"]
ANNA, BORIS = UUID(int=11), UUID(int=12)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
MARCH, APRIL = month_bounds(2026, 3), month_bounds(2026, 4)
MODES = ["force_custom_plan", "force_generic_plan"]
REVIEWS_A_MONTH = 40


@pytest.fixture
async def reviewed(connection: Any) -> Any:
    """All calls were Anna's; some of each month are reviewed, at its end."""
    await connection.execute(
        "insert into people (id, name, extension) values ($1, 'Anna', '101'), ($2, 'Boris', '102')",
        *(ANNA, BORIS),
    )
    await connection.execute("update calls set people = array[$1::uuid]", ANNA)
    await connection.execute("update recordings set seconds = 60")
    criterion = uuid7(NOW.timestamp())
    await connection.execute("insert into quality_criteria values ($1, 'Greeted', 1, 1)", criterion)
    for month in (2, 3, 4):
        low, high = month_bounds(2026, month)
        await connection.execute(
            """
            with made as (
                insert into quality_reviews (id, recording_id, agent_id, reviewer_id, score, remark, at)
                select gen_random_uuid(), id, $3, $4, 50, '', $5 from recordings where id >= $1 and id < $2
                order by id limit $6 returning id
            )
            insert into quality_answers select id, $7, 'yes', 1 from made
            """,
            *(low, high, ANNA, BORIS, datetime(2026, month, 27, tzinfo=UTC), REVIEWS_A_MONTH, criterion),
        )
    await connection.execute("vacuum analyze")
    return connection


def months(nodes: list[dict[str, Any]]) -> set[str]:
    """The partitions of calls that the plan names."""
    return {name for node in nodes if (name := node.get("Relation Name", "")).startswith("calls_20")}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scope", SCOPES)
async def test_the_queue_reads_a_page_of_its_months(reviewed: Any, scope: tuple[Any, ...], mode: str) -> None:
    await reviewed.execute(f"set plan_cache_mode = {mode}")
    first = await nodes_of(reviewed, SQL["queue"], *who(scope), APRIL[0], LAST, None, 51, LAST)
    later = await nodes_of(reviewed, SQL["queue"], *who(scope), MARCH[0], APRIL[0], None, 51, APRIL[0])
    await reviewed.execute("reset plan_cache_mode")

    for nodes, month in ((first, "calls_2026_04"), (later, "calls_2026_03")):
        assert months(nodes) == {month}
        assert (read(nodes)["recordings"] <= 60, read(nodes)[month] <= 60) == (True, True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scope", SCOPES)
async def test_turns_read_so_many_of_the_newest(reviewed: Any, scope: tuple[Any, ...], mode: str) -> None:
    await reviewed.execute(f"set plan_cache_mode = {mode}")
    nodes = await nodes_of(reviewed, SQL["turns"], *who(scope), APRIL[0], NOW - timedelta(days=30), 200)
    await reviewed.execute("reset plan_cache_mode")

    assert months(nodes) == {"calls_2026_04"}
    assert (read(nodes)["recordings"] <= 210, read(nodes)["calls_2026_04"] <= 210) == (True, True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("name", ["people", "shares"])
async def test_figures_read_the_calls_that_were_reviewed(
    reviewed: Any, scope: tuple[Any, ...], mode: str, name: str
) -> None:
    since = NOW - timedelta(days=30)
    span = await reviewed.fetchrow(SQL["reviewed"], since, NOW)
    assert APRIL[0] <= span["oldest"] < span["newest"] < APRIL[1]
    await reviewed.execute(f"set plan_cache_mode = {mode}")
    nodes = await nodes_of(reviewed, SQL[name], *who(scope), since, NOW, None, *APRIL)
    await reviewed.execute("reset plan_cache_mode")

    assert months(nodes) == {"calls_2026_04"}
    assert read(nodes)["calls_2026_04"] == REVIEWS_A_MONTH


@pytest.mark.parametrize("mode", MODES)
async def test_one_s_own_reviews_read_their_calls(reviewed: Any, mode: str) -> None:
    await reviewed.execute(f"set plan_cache_mode = {mode}")
    nodes = await nodes_of(reviewed, SQL["mine"], ANNA, ["review.given"], LAST, 51)
    await reviewed.execute("reset plan_cache_mode")

    rows = read(nodes)
    assert sum(count for table, count in rows.items() if table.startswith("calls_20")) <= 3 * REVIEWS_A_MONTH


def who(scope: tuple[Any, ...]) -> tuple[Any, ...]:
    """As Boris asks: all, or by his lines."""
    return (BORIS, *scope[1:])
