"""The floor reads indexes and today's calls only, however many calls and waits there are."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from trunkline.db.partitions import ensure_partition
from trunkline.db.sql import load_queries
from trunkline.ids import lowest_id, uuid7

SQL = load_queries("trunkline.floor")
TODAY = datetime(2026, 4, 14, tzinfo=UTC)
NOBODY = UUID(int=1)
CALLS_A_MONTH = 6_000
REACH = (NOBODY, None, None)
IDS = (lowest_id(TODAY), lowest_id(datetime(2026, 4, 15, tzinfo=UTC)), TODAY)


@pytest.fixture
async def connection(pool: asyncpg.Pool) -> AsyncIterator[Any]:
    """Three months of calls, two hundred a day, a hundred thousand waits that are over, and a few that go on."""
    async with pool.acquire() as connection:
        await connection.execute("insert into lines (id, number) values ($1, '+74951234567')", NOBODY)
        await connection.execute("insert into pbxs (id, name, kind) values ('main', 'Main', 'asterisk')")
        for month in (2, 3, 4):
            await ensure_partition(connection, "calls", 2026, month)
            start = datetime(2026, month, 1, tzinfo=UTC).timestamp()
            await connection.execute(
                """
                insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id,
                    started_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms,
                    is_partial, has_gap, ended_at)
                select id, 'main', n::text, 'in', '', '', '', '+74951234567', $3, to_timestamp($2::float8 + n * 400),
                    'answered', '', array[(100 + n % 75)::text], '{}', '{}', '{}', '{}', 0, 60000, false, false,
                    case when n % 3000 = 0 then null else to_timestamp($2::float8 + n * 400 + 60) end
                from unnest($1::uuid[]) with ordinality as made (id, n)
                """,
                [uuid7(start + number * 400) for number in range(1, CALLS_A_MONTH + 1)],
                start,
                NOBODY,
            )
        await connection.execute(
            """
            insert into queue_waits (call_id, place, pbx, queue, caller, caller_name, since, until, ended)
            select gen_random_uuid(), 0, 'main', 'sales', '', '', $1::timestamptz - n * interval '1 s',
                case when n > 20 then $1 end, case when n > 20 then 'answered' end
            from generate_series(1, 100000) as n
            """,
            datetime.now(UTC),
        )
        await connection.execute("analyze calls; analyze queue_waits")
        yield connection


async def nodes_of(connection: Any, name: str, *arguments: object) -> list[dict[str, Any]]:
    """The nodes of the plan that was run."""
    (row,) = await connection.fetch(f"explain (analyze, format json) {SQL[name]}", *arguments)
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes: list[dict[str, Any]] = []
    rest = [plan[0]["Plan"]]
    while rest:
        node = rest.pop()
        nodes.append(node)
        rest += node.get("Plans", ())
    return [node for node in nodes if node["Actual Loops"]]


def read(nodes: list[dict[str, Any]], table: str) -> tuple[set[str], float]:
    """The relations of that name that were read, and how many rows came from them or were thrown away."""
    mine = [node for node in nodes if node.get("Relation Name", "").startswith(table)]
    rows = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in mine)
    assert not [node for node in mine if node["Node Type"] == "Seq Scan"], mine
    return {node["Relation Name"] for node in mine}, rows


@pytest.mark.parametrize(("name", "more"), [("agents_today", ()), ("lines_today", ())])
async def test_today_is_read_by_its_ids(connection: Any, name: str, more: tuple[int, ...]) -> None:
    relations, rows = read(await nodes_of(connection, name, *REACH, *IDS, *more), "calls")
    assert relations == {"calls_2026_04"}
    assert rows <= 230


async def test_calls_that_go_on_are_read_off_their_own_index(connection: Any) -> None:
    nodes = await nodes_of(connection, "lines_now", *REACH, lowest_id(datetime(2026, 4, 1, tzinfo=UTC)))
    assert [node["Index Name"] for node in nodes if node.get("Relation Name", "").startswith("calls")] == [
        "calls_2026_04_pbx_id_idx"
    ]


async def test_who_waits_is_read_off_the_open_ones(connection: Any) -> None:
    nodes = await nodes_of(connection, "waiting", None, None, 86_400.0)
    assert "queue_waits_open" in {node.get("Index Name") for node in nodes}
    _, rows = read([node for node in nodes if "Index Name" not in node or node["Node Type"] == "Index Scan"], "queue")
    assert rows == 20


async def test_waits_of_other_days_are_not_read(connection: Any) -> None:
    since = await connection.fetchval("select max(since) - interval '1000 s' from queue_waits")
    nodes = await nodes_of(connection, "waits_today", None, None, since, 20)
    assert "queue_waits_since" in {node.get("Index Name") for node in nodes}
