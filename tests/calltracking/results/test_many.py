"""Many leads and deals beside many calls: calls are read once for all of them, not once for each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from calltracking.models.model import BY_NAME, WHOLE
from calltracking.proof.store import ProvenSite, deals_by_lack
from calltracking.results.facts import Kept
from calltracking.results.result import By
from calltracking.results.statements import Back, Seen, Statement, sums
from tests.calltracking.conftest import Rows
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Connection, Pool
from trunkline.people.identity import Reach
from trunkline.reports.days import Days, latest

NOW = datetime.now(UTC)
DAYS = latest(2, NOW, ZoneInfo("Europe/Moscow"))
DEPARTMENT = UUID(int=7)
MANY = 4000
_WORLD = """
create temporary table made as
    select n, '+7916' || lpad(n::text, 7, '0') as client,
        (lpad(to_hex((extract(epoch from $1::timestamptz) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 3, '0')
         || substr(md5(n::text), 1, 16))::uuid as id
    from generate_series(1, $2) n
"""
_CALLS = """
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at, ended_at,
                   outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,
                   has_gap, story)
    select id, 'office', id::text, 'in', client, '', client, '+74950000000', null, $1, $1, 'answered', '', '{}', '{}',
        '{}', '{}', array[$2::uuid], 0, 60000, false, false, '{"recordings": []}' from made
"""
_LED = """
insert into attributions (call_id, number, client, told_by, site, channel, confidence)
    select id, '+74950000000', client, 'number', 'Окна', 'Paid Search', 1 from made;
insert into leads (id, source, external_id, phone, opened_at)
    select gen_random_uuid(), 'crm', n::text, client, now() from made;
insert into deals (id, source, external_id, lead_id, opened_at)
    select gen_random_uuid(), 'crm', external_id, id, now() from leads;
analyze calls, attributions, leads, deals
"""


@pytest.fixture
async def many(pool: Pool) -> Pool:
    async with pool.acquire() as connection:
        at = NOW - timedelta(minutes=30)
        await ensure_partitions(connection, NOW.date())
        await connection.execute(_WORLD, at, MANY)
        await connection.execute(_CALLS, at, DEPARTMENT)
        await connection.execute(_LED)
        await connection.execute("drop table made")
    return pool


async def test_what_calls_of_a_department_led_to(many: Pool) -> None:
    seen = Seen(Reach(UUID(int=0), [DEPARTMENT], None), Back(), [])
    statement = sums(BY_NAME["last"], DAYS, seen, By.CHANNEL)

    async with many.acquire() as connection:
        told = await connection.fetch(statement.text, *statement.arguments)
        assert [sum(row[name] for row in told if row["by"] == "") for name in ("calls", "leads", "deals")] == [
            MANY * WHOLE
        ] * 3
        assert await _most_loops(connection, statement) < 50


async def test_what_deals_of_a_site_lack(many: Pool, rows: Rows) -> None:
    site = ProvenSite(rows.site, "demosite0001", "Окна", [], 30, 1, 90)
    looked_at = Days(DAYS.first - timedelta(days=91), DAYS.after, DAYS.zone)
    as_they_are = Kept(looked_at, [looked_at], [looked_at.first + timedelta(days=n) for n in range(100)])
    statement = deals_by_lack(site, DAYS, as_they_are)

    async with many.acquire() as connection:
        assert [tuple(row) for row in await connection.fetch(statement.text, *statement.arguments)] == [("call", MANY)]
        assert await _most_loops(connection, statement) < 50


async def _most_loops(connection: Connection, statement: Statement) -> float:
    """How often a table of calls is looked at."""
    text = f"explain (analyze, format json) {statement.text}"
    plan = (await connection.fetchval(text, *statement.arguments))[0]["Plan"]
    return max(
        float(node["Actual Loops"]) for node in _nodes(plan) if str(node.get("Relation Name", "")).startswith("calls")
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
