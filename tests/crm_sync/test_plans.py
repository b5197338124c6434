"""What is asked four times a second reads an index, however much was done before."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crm_sync.heard import SQL
from tests.crm_sync.scene import Scene
from trunkline.db.types import Connection

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
