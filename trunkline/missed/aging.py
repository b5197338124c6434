"""Entries nobody reached age off the list after some days: closed by a deed of nobody's, so that the fold keeps it."""

from datetime import datetime, timedelta, tzinfo
from typing import Final

from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.missed.entry import Kind
from trunkline.missed.keep import SQL, Told, recount
from trunkline.missed.rules import read_rules

_BATCH: Final = 100
"""Entries closed in one transaction: what is told of their numbers meanwhile waits for it."""


async def age_entries(pool: Pool, zone: tzinfo, now: datetime, batch: int = _BATCH) -> int:
    """Close what is older than the rules allow, batch by batch; how many were closed."""
    aged = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            found, closed = await _age_some(connection, zone, now, batch)
        aged += closed
        if found < batch or not closed:
            return aged


async def _age_some(connection: Connection, zone: tzinfo, now: datetime, batch: int) -> tuple[int, int]:
    """The oldest of them: how many were found, and how many were still old when nobody else could touch them."""
    rules = await read_rules(connection)
    if not rules.aged_days:
        return 0, 0
    before = now - timedelta(days=rules.aged_days)
    found = [row["number"] for row in await connection.fetch(SQL["aging"], before, now, batch)]
    await connection.execute(SQL["hold_numbers"], found)
    rows = await connection.fetch(SQL["aging_of"], before, now, found)
    await connection.executemany(
        SQL["add_deed"],
        [(uuid7(row["at"].timestamp()), row["number"], row["at"], Kind.AGED.value, None, "", "") for row in rows],
    )
    await recount(connection, [Told(row["number"], row["first_missed_at"]) for row in rows], rules.in_zone(zone))
    return len(found), len(rows)
