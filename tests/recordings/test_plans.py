"""The list reads the newest recordings alone, the search one month's index of words, expiry what is due, however many
there are.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from recordings.expiring import SQL as EXPIRING
from recordings.search_store import SETTINGS
from recordings.search_store import SQL as SEARCH
from recordings.store import SQL
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import month_bounds, uuid7

RECORDINGS_A_MONTH = 3_000
MARCH = month_bounds(2026, 3)[0]
NOBODY, LINE, LAST = UUID(int=1), UUID(int=2), UUID(int=(1 << 128) - 1)
SCOPES = [(None, None, None), (NOBODY, None, [LINE])]


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Any]:
    """Three months of recorded calls, each with its words: one of each call's own, one of every second call."""
    async with pool.acquire() as connection:
        await connection.execute("insert into lines (id, number) values ($1, '+74951234567')", LINE)
        for month in (2, 3, 4):
            for parent in ("calls", "transcript_search"):
                await ensure_partition(connection, parent, 2026, month)
            start = datetime(2026, month, 1, tzinfo=UTC).timestamp()
            ids = [uuid7(start + number * 600) for number in range(RECORDINGS_A_MONTH)]
            await connection.execute(
                """
                insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id,
                    started_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms,
                    is_partial, has_gap, ended_at)
                select id, 'main', n::text, 'in', '', '', '', '+74951234567', $3, to_timestamp($2::float8 + n * 600),
                    'answered', '101', '{101}', '{}', '{}', '{}', '{}', 0, 60000, false, false, now()
                from unnest($1::uuid[]) with ordinality as made (id, n)
                """,
                *(ids, start, LINE),
            )
            await connection.execute(
                "insert into recordings (id, call_id, pbx, leg, file, stage)"
                " select id, id, 'main', '1', 'q.wav', 'kept'"
                " from unnest($1::uuid[]) as id",
                ids,
            )
            await connection.execute(
                "insert into transcript_search (recording_id, side, words)"
                " select id, 'mixed', to_tsvector('speech', concat('слово', n, case when n % 2 = 0 then ' привет' end))"
                " from unnest($1::uuid[]) with ordinality as made (id, n)",
                ids,
            )
        await connection.execute(
            "insert into recording_tags (recording_id, tag, at, times)"
            " select id, case when n % 30 = 7 then 'жалоба' else 'цена' end, 0, 1"
            " from (select id, row_number() over (order by id) as n from recordings) as made"
        )
        await connection.execute(
            "insert into analyses (recording_id, stage, category)"
            " select id, 'analysed', case n % 30 when 7 then 'Продажи' when 8 then 'Сервис' else '' end"
            " from (select id, row_number() over (order by id) as n from recordings) as made"
        )
        await connection.execute(
            "analyze calls; analyze recordings; analyze transcript_search; analyze recording_tags; analyze analyses"
        )
        yield connection


async def nodes_of(connection: Any, statement: str, *arguments: object) -> list[dict[str, Any]]:
    """The nodes of the plan that was run."""
    (row,) = await connection.fetch(f"explain (analyze, format json) {statement}", *arguments)
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes: list[dict[str, Any]] = []
    rest = [plan[0]["Plan"]]
    while rest:
        node = rest.pop()
        nodes.append(node)
        rest += node.get("Plans", ())
    return nodes


def read(nodes: list[dict[str, Any]]) -> dict[str, int]:
    """How many rows were read of each table, thrown away ones too."""
    found: dict[str, int] = {}
    for node in nodes:
        if "Relation Name" in node:
            rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            found[node["Relation Name"]] = found.get(node["Relation Name"], 0) + int(rows)
    return found


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("scope", SCOPES)
async def test_the_list_reads_a_page(connection: Any, scope: tuple[Any, ...], mode: str) -> None:
    await connection.execute(f"set plan_cache_mode = {mode}")
    rows = read(await nodes_of(connection, SQL["list_recordings"], *scope, LAST, 51))
    await connection.execute("reset plan_cache_mode")

    assert rows["recordings"] <= 60
    assert sum(count for table, count in rows.items() if table.startswith("calls")) <= 60


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("scope", SCOPES)
async def test_the_list_of_a_tag_reads_a_page_of_its_index(connection: Any, scope: tuple[Any, ...], mode: str) -> None:
    await connection.execute(f"set plan_cache_mode = {mode}")
    rows = read(await nodes_of(connection, SQL["list_tagged"], *scope, LAST, 51, "жалоба"))
    await connection.execute("reset plan_cache_mode")

    assert 51 <= rows["recording_tags"] <= 60
    assert rows["recordings"] <= 60


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("scope", SCOPES)
async def test_the_list_of_a_category_reads_a_page_of_its_index(
    connection: Any, scope: tuple[Any, ...], mode: str
) -> None:
    await connection.execute(f"set plan_cache_mode = {mode}")
    alone = read(await nodes_of(connection, SQL["list_categorised"], *scope, LAST, 51, "Продажи"))
    tagged = await nodes_of(connection, SQL["list_tagged_in_category"], *scope, LAST, 51, "цена", "Сервис")
    await connection.execute("reset plan_cache_mode")

    assert 51 <= alone["analyses"] <= 60
    assert alone["recordings"] <= 60
    # By the order of both, or one by one from either: never all of a table.
    assert read(tagged)["analyses"] <= 60 or read(tagged)["recording_tags"] <= 60
    assert read(tagged)["recordings"] <= 60
    assert not any(node["Node Type"] == "Seq Scan" for node in tagged)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("statement", ["refuse", "is_refused"])
async def test_a_refusal_reads_the_call_and_its_parts(connection: Any, statement: str, mode: str) -> None:
    ids = [row["id"] for row in await connection.fetch("select id from calls order by id limit 3")]
    await connection.execute("update calls set part_of = $1 where id = any($2)", ids[0], ids[1:])
    await connection.execute(f"set plan_cache_mode = {mode}")
    rows = read(await nodes_of(connection, SQL[statement], ids[0] if statement == "refuse" else ids[1]))
    await connection.execute("reset plan_cache_mode")

    assert sum(count for table, count in rows.items() if table.startswith("calls")) <= 4
    assert rows.get("recordings", 0) <= 10


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("word", "most"), [("'слово7'", 2), ("'привет'", 1_600)])
@pytest.mark.parametrize(("tag", "category"), [("", ""), ("жалоба", ""), ("", "Продажи")])
async def test_a_search_reads_the_index_of_one_month(
    connection: Any, scope: tuple[Any, ...], word: str, most: int, tag: str, category: str
) -> None:
    low, high = month_bounds(2026, 3)
    async with connection.transaction():
        for setting in SETTINGS:
            await connection.execute(setting)
        asked = (low, high, ["all", "mixed"], word, "", *scope, low, high, "", 51, tag, category)
        nodes = await nodes_of(connection, SEARCH["search"], *asked)

    rows = read(nodes)
    beside = ({"recording_tags"} if tag else set()) | ({"analyses"} if category else set())
    tables = {"transcript_search_2026_03", "recordings", "calls_2026_03"}
    assert {table for table, count in rows.items() if count} == tables | beside
    assert rows["transcript_search_2026_03"] <= most
    assert not any(node["Node Type"] == "Seq Scan" for node in nodes)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_expiry_reads_what_is_due_and_the_calls_of_its_month(connection: Any, mode: str) -> None:
    """Nearly all were looked at and are kept for ever, or for years yet."""
    await connection.execute("update recordings set look_rules = 7, look_at = case when id < $1 then now() end", MARCH)
    new = "select id from recordings order by id desc limit 10"
    await connection.execute(f"update recordings set look_rules = 6 where id in ({new})")
    await connection.execute("analyze recordings")
    low, high = month_bounds(2026, 2)
    ids = [row["call_id"] for row in await connection.fetch("select call_id from recordings order by id limit 50")]
    now = datetime.now(UTC)
    await connection.execute(f"set plan_cache_mode = {mode}")
    uncounted = await nodes_of(connection, EXPIRING["uncounted"], 7, 500)
    due = await nodes_of(connection, EXPIRING["due"], 7, now, datetime.min.replace(tzinfo=UTC), UUID(int=0), 50)
    calls = await nodes_of(connection, EXPIRING["told_of_calls"], ids, low, high)
    await connection.execute("reset plan_cache_mode")

    assert read(uncounted)["recordings"] == 10
    assert read(due) == {"recordings": 50}
    assert {table: count for table, count in read(calls).items() if count and table != "lines"} == {"calls_2026_02": 50}
    assert not any(node["Node Type"] == "Seq Scan" for node in (*uncounted, *due))
