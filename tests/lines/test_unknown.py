"""Called numbers nobody knows: listed, made a line or an alias with their calls; when a line was called last."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.lines.test_lines import OFFICE, deeds, token
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import uuid7

__all__ = ["token"]

CALL = """
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at, outcome,
    answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap)
values ($1, 'office', $1::uuid::text, $2, '', '', '', $3, (select id from lines where number = $3), $4, 'missed',
    '', '{}', '{}', '{}', '{}', '{}', 0, 0, false, false)
"""


async def call(pool: Pool, dialled: str, ago: timedelta = timedelta(0), direction: str = "in") -> UUID:
    """A call that was."""
    at = datetime.now(UTC) - ago
    identifier = uuid7(at.timestamp())
    async with pool.acquire() as connection:
        await ensure_partition(connection, "calls", at.year, at.month)
        await connection.execute(CALL, identifier, direction, dialled, at)
    return identifier


async def test_they_are_listed_and_made_known(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")
    await browser.post("/api/v1/lines", json=OFFICE, headers=token)
    hour = timedelta(hours=1)
    for dialled in ("+74957654321", "+74957654321", "Trunk-1", "+74951234567"):
        await call(pool, dialled, hour)
    await call(pool, "+74950000000", timedelta(days=31))
    await call(pool, "+79160000001", hour, direction="out")

    text = await text_of(browser, "/lines/unknown")
    assert ("765-43-21" in text, "trunk-1" in text) == (True, True)
    assert all(number not in text for number in ("495 000-00-00", "916 000-00-01"))
    path = "/lines/unknown"
    line = {"as": "line", "dialled": "+74957654321", "pbx": "office"}
    assert (await browser.send(path, line, page=path)).status == 303
    wrong = await browser.send(path, {"dialled": "trunk-1", "line": "+74950000009"}, page=path)
    assert (wrong.status, "There is no such line" in await wrong.text()) == (422, True)
    assert (await browser.send(path, {"dialled": "trunk-1", "line": "84951234567"}, page=path)).status == 303
    assert (await browser.send(path, {"as": "line", "dialled": "trunk-9"}, page=path)).status == 422

    assert "Every called number is known" in await text_of(browser, path)
    rows = await pool.fetch("select mode, pbx_id from lines order by number")
    assert [tuple(row) for row in rows] == [("route", None), ("observe", "office")]
    known = "select count(*) from calls join lines on lines.id = line_id where number = $1"
    assert [await pool.fetchval(known, number) for number in ("+74951234567", "+74957654321")] == [2, 2]
    assert await deeds(pool) == ["line.added", "line.added", "line.alias_added"]


async def test_a_line_that_is_silent_is_red(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await browser.post("/api/v1/lines", json=OFFICE, headers=token)
    text = await text_of(browser, "/lines")
    assert ("never" in text, "silent longer than usual" in text) == (True, False)
    for hours in range(40):
        await call(pool, "+74951234567", timedelta(days=12, hours=hours))
    for path in ("/lines", "/lines/+74951234567"):
        assert "silent longer than usual" in await text_of(browser, path)
    await call(pool, "+74951234567", timedelta(minutes=1))
    text = await text_of(browser, "/lines")
    assert "silent longer than usual" not in text
