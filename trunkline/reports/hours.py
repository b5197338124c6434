"""The roll-up of reports: hours whose calls changed are counted again by a job; until then they are read from the calls.

What an hour's figures are is said once, in the functions report_missed_of and report_quality_of of the schema.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.identity import Reach

_SQL = load_queries("trunkline.reports")
_LOCK: Final = 7_245_014
HOURS_AT_ONCE: Final = 24
"""Hours a transaction: what a stopped job loses, and how long its rows are locked."""


async def roll_up(pool: asyncpg.Pool) -> int:
    """Count every hour that changed; returns how many."""
    counted = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            taken = await _roll(connection)
        if not taken:
            return counted
        counted += taken


async def _roll(connection: Connection) -> int:
    """A transaction's worth of hours; none while another machine is at it.

    The notes are taken before the calls are read: what is committed in between is noted anew.
    """
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
        return 0
    hours = sorted({row["hour"] for row in await connection.fetch(_SQL["take_hours"], HOURS_AT_ONCE)})
    if hours:
        for name in ("clear_missed", "clear_quality", "roll_missed", "roll_quality"):
            await connection.execute(_SQL[name], hours)
    return len(hours)


def is_rolled(since: datetime, until: datetime, zone: str, reach: Reach) -> bool:
    """Whether the roll-up can tell: of everybody's calls, in whole hours of a zone whose hours are whole ones of UTC."""
    if reach.departments is not None or reach.lines is not None:
        return False
    offsets = (moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for moment in (since, until))
    return all(not offset % timedelta(hours=1) for offset in offsets) and all(
        not (moment.minute or moment.second or moment.microsecond) for moment in (since, until)
    )
