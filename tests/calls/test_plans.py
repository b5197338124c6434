"""The list of calls reads an index and only the months it is asked about, however many calls there are."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from trunkline.calls.listing import parse_listing
from trunkline.calls.store import SQL
from trunkline.db.partitions import ensure_partition
from trunkline.ids import uuid7

MONTHS = [(2026, month) for month in (1, 2, 3, 4)]
CALLS_A_MONTH = 4_000


@pytest.fixture
async def connection(pool: asyncpg.Pool) -> AsyncIterator[Any]:
    """A connection to a house with some thousand calls in each of four months."""
    async with pool.acquire() as connection:
        for year, month in MONTHS:
            await ensure_partition(connection, "calls", year, month)
            await ensure_partition(connection, "steps", year, month)
            start = datetime(year, month, 1, tzinfo=UTC).timestamp()
            ids = [uuid7(start + number * 300) for number in range(CALLS_A_MONTH)]
            await connection.execute(
                """
                insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at,
                    outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,
                    has_gap, ended_at)
                select id, 'main', n::text, 'in', '', '', '+7916' || lpad((n % 2000)::text, 7, '0'),
                    '+7495' || lpad((n % 130)::text, 7, '0'), to_timestamp($2::float8 + n * 300),
                    case when n % 50 = 0 then 'missed' else 'answered' end, '', array[(100 + n % 75)::text], '{}',
                    array['q' || n % 10], '{}', '{}', 0, 60000, false, false, now()
                from unnest($1::uuid[]) with ordinality as made (id, n)
                """,
                ids,
                start,
            )
        await connection.execute("analyze calls")
        yield connection


async def plan_of(connection: Any, **query: str) -> list[dict[str, Any]]:
    """The nodes of the plan that was run."""
    statement, arguments = parse_listing(query).statement(SQL["list_calls"])
    (row,) = await connection.fetch(f"explain (analyze, format json) {statement}", *arguments)
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes: list[dict[str, Any]] = []
    rest = [plan[0]["Plan"]]
    while rest:
        node = rest.pop()
        nodes.append(node)
        rest += node.get("Plans", ())
    return nodes


def read(nodes: list[dict[str, Any]]) -> set[str]:
    """The partitions that were read from, not only planned for."""
    return {node["Relation Name"] for node in nodes if "Relation Name" in node and node["Actual Loops"]}


def indexes(nodes: list[dict[str, Any]]) -> str:
    """The indexes that were used."""
    return " ".join(node.get("Index Name", "") for node in nodes if node["Actual Loops"])


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "pkey"),
        ({"from": "+79160000123"}, "client"),
        ({"line": "+74950000007"}, "dialled"),
        ({"number": "+79160000123"}, "client"),
        ({"outcome": "missed"}, ""),
        ({"agent": "117"}, ""),
    ],
)
async def test_a_page_is_read_off_an_index(connection: Any, query: dict[str, str], index: str) -> None:
    nodes = await plan_of(connection, **query)
    assert index in indexes(nodes)
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node["Actual Loops"]]


async def test_the_first_page_reads_the_newest_month_only(connection: Any) -> None:
    assert read(await plan_of(connection)) == {"calls_2026_04"}


async def test_days_read_their_month_only(connection: Any) -> None:
    for month, (since, until) in {2: ("2026-02-05", "2026-02-07"), 3: ("2026-03-31", "2026-03-31")}.items():
        nodes = await plan_of(connection, since=since, until=until)
        assert {node["Relation Name"] for node in nodes if "Relation Name" in node} <= {
            f"calls_2026_{month:02d}",
            *({"calls_2026_04"} if until == "2026-03-31" else ()),
        }


async def test_a_cursor_goes_on_where_the_page_ended(connection: Any) -> None:
    at = datetime.combine(date(2026, 2, 10), datetime.min.time(), UTC).timestamp()
    assert read(await plan_of(connection, cursor=str(uuid7(at, bytes(10))))) == {"calls_2026_02"}


async def test_a_call_and_its_steps_are_read_from_one_partition(connection: Any) -> None:
    call_id = await connection.fetchval("select id from calls where started_at >= '2026-03-01' limit 1")
    for name, argument in (("load_steps", [call_id]), ("find_call", call_id)):
        more = [None, None, None] if name == "find_call" else []
        rows = await connection.fetch(f"explain (analyze) {SQL[name]}", argument, *more)
        text = "\n".join(row[0] for row in rows)
        touched = [line for line in text.splitlines() if " on " in line and "never executed" not in line]
        assert all("2026_03" in line for line in touched), text
