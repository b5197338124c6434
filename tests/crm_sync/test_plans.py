"""What is asked four times a second reads an index, however much was done before."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crm_sync.bitrix24.finding import SQL as BITRIX24
from crm_sync.heard import SQL
from tests.crm_sync.scene import Scene
from trunkline.db.types import Connection

NOW = datetime.now(UTC)
DONE = """
insert into crm_events (connector_id, key, kind, heard_at, said, state, became)
select $1, 'click:' || n, 'click', now() - n * interval '1 second', '{"USER_ID": "1"}', 'over', 'answered'
from generate_series(1, 20000) as n
"""


async def nodes_of(connection: Connection, statement: str, *arguments: object) -> list[dict[str, Any]]:
    """The nodes of the plan that was run."""
    (row,) = await connection.fetch(f"explain (analyze, format json) {statement}", *arguments)
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes: list[dict[str, Any]] = []
    rest = [plan[0]["Plan"]]
    while rest:
        nodes.append(rest.pop())
        rest += nodes[-1].get("Plans", ())
    return nodes


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [("next_event", ()), ("strangers", (datetime(2026, 1, 1, tzinfo=UTC),)), ("ended_clicks", ())],
)
async def test_what_was_done_is_not_read_again(scene: Scene, statement: str, arguments: tuple[object, ...]) -> None:
    async with scene.pool.acquire() as connection, connection.transaction():
        await connection.execute(DONE, scene.connector)
        await connection.execute("analyze crm_events")
        nodes = await nodes_of(connection, SQL[statement], *arguments)
    read = [node for node in nodes if node.get("Relation Name") == "crm_events"]
    assert read
    assert all("Index" in node["Node Type"] for node in read), read
    assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in read) == 0


CALLS = """
insert into crm_calls (connector_id, call_id, phone, line, outgoing, started_at, remote_id, finished_at)
select $1, gen_random_uuid(), '+79161234567', '', false, now() - n * interval '1 second', 'externalCall.' || n, now()
from generate_series(1, 20000) as n
"""


@pytest.mark.parametrize(
    ("statement", "arguments", "rows"),
    [
        ("unregistered", (NOW, 6), 0),
        ("call_shown_as", ("externalCall.7", "+79161234567", NOW), 1),
    ],
)
async def test_calls_that_were_told_are_not_read_again(
    scene: Scene, statement: str, arguments: tuple[object, ...], rows: int
) -> None:
    await scene.happens("simple_answered")  # else there is no partition of calls to look at
    async with scene.pool.acquire() as connection, connection.transaction():
        await connection.execute(CALLS, scene.connector)
        await connection.execute("analyze crm_calls")
        nodes = await nodes_of(connection, BITRIX24[statement], scene.connector, *arguments)
    read = [node for node in nodes if node.get("Relation Name") == "crm_calls"]
    assert read
    assert all("Index" in node["Node Type"] for node in read), read
    assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in read) <= rows
