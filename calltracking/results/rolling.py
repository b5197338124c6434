"""The roll-up of what channels brought: days of which something changed are counted again by a job (decision 0145)."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from calltracking.models.crediting import MEMORY
from calltracking.results.facts import (
    Kept,
    keeping,
    kept_traffic,
    marked,
    not_kept,
    not_summed,
    sum_month,
)
from calltracking.results.shares import kept_shares, kept_sums, laid_shares
from calltracking.results.statements import PIECES, SLACK, Back, Seen, laid_aside
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.reports.days import Days
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

SQL: Final = load_queries("calltracking.results")
DAYS_AT_ONCE: Final = 7
"""Days a transaction: what a stopped job loses, and how long its notes are locked."""
_MOST_DAYS: Final = 10_000
_PAUSE_SECONDS: Final = 300.0
_WHOLE_HOUR: Final = timedelta(seconds=3599)


async def roll_up(pool: asyncpg.Pool, zone: str) -> int:
    """Count every day of `zone` that changed before this began, sum months; returns how many days and months."""
    async with pool.acquire() as connection:
        async with connection.transaction():
            await _begin(connection, zone)
        mark: str = await connection.fetchval(SQL["settled_mark"])
    counted = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            taken = (
                await _count(connection, zone, mark)
                or await _fill(connection, zone)
                or await sum_latest(connection, zone)
            )
        if not taken:
            return counted
        counted += taken


async def run_roll_up(pool: asyncpg.Pool, zone: str) -> None:
    """Roll up every five minutes, for ever."""
    while True:
        try:
            await roll_up(pool, zone)
        except DATABASE_TROUBLE as error:
            log.warning("channels_not_rolled_up", error=str(error))
        await asyncio.sleep(_PAUSE_SECONDS)


async def is_rolled(connection: Connection, zone: str) -> bool:
    """Whether the roll-up is of days of this zone."""
    return bool(await connection.fetchval(SQL["rolled_zone"]) == zone)


async def back_of(connection: Connection) -> Back:
    """How far back sites look, those that were left out of use too."""
    row = await connection.fetchrow(SQL["rules_back"])
    assert row is not None
    usual = Back()
    return Back(max(usual.visits, row["visits"]), max(usual.calls, row["calls"]))


async def count_days(connection: Connection, days: Days) -> None:
    """Roll up these days: keep their rows, and add them up by every model, by everything."""
    await hurry(connection)
    for part in ("clear_traffic", "clear_credits"):
        await connection.execute(SQL[part], days.first, days.after)
    await _keep(connection, days)
    window = days.since, days.until, lowest_id(days.since - SLACK), lowest_id(days.until)
    missing = await connection.fetch(SQL["unexplained"], *window, days.zone.key, None, None, None)
    told = [row["day"] for row in missing], [row["unexplained"] for row in missing]
    await connection.execute(SQL["keep_unexplained"], *told)


async def sum_latest(connection: Connection, zone: str) -> int:
    """Sum the latest month that is over and not summed; none while another machine is at it. Returns how many."""
    if not await connection.fetchval(SQL["hold_roll_up"]) or not await is_rolled(connection, zone):
        return 0
    wanted = not_summed(zone)
    month = await connection.fetchval(wanted.text, *wanted.arguments)
    if month is None:
        return 0
    await hurry(connection)
    summing = sum_month(month)
    await connection.execute(summing.text, *summing.arguments)
    return 1


async def _keep(connection: Connection, days: Days) -> None:
    """Keep the rows of these days and their sums, and mark the days."""
    everybody = Seen(None, await back_of(connection))
    laid = [*laid_aside(days, everybody), *laid_shares(everybody)]
    kept = [*keeping(days, everybody), *kept_shares(days)]
    for statement in (*laid, *kept, kept_traffic(days), *kept_sums(days), marked(days)):
        await connection.execute(statement.text, *statement.arguments)
    await connection.execute(PIECES["take_up"])


async def kept_of(connection: Connection, days: Days) -> Kept:
    """Which of these days are kept, and which are to be read as they are."""
    if not await is_rolled(connection, days.zone.key):
        span = (days.after - days.first).days
        return Kept(days, [days], [days.first + timedelta(days=n) for n in range(span)])
    rows = await connection.fetch(SQL["changed_days"], days.first, days.after, days.zone.key)
    missing = not_kept(days.first, days.after, _MOST_DAYS)
    rows += await connection.fetch(missing.text, *missing.arguments)
    changed = sorted({row["day"] for row in rows if days.first <= row["day"] < days.after})
    return Kept(days, runs_of(changed, days.zone), changed)


async def hurry(connection: Connection) -> None:
    """Sort in memory, compile nothing, and plan for the days and rows that are asked for, until the transaction ends.

    After five times a connection would take one plan for all, which takes twice as long over a year of keywords. A row
    that one process hands to another costs less than reading it where a year is read: 0.3 s of 1.3 were gained.
    """
    await connection.execute(f"set local work_mem = '{MEMORY}'")
    await connection.execute("set local jit = off")
    await connection.execute("set local plan_cache_mode = force_custom_plan")
    await connection.execute("set local parallel_tuple_cost = 0.01")


def runs_of(days: list[date], zone: ZoneInfo) -> list[Days]:
    """Sorted days as stretches without a gap."""
    if not days:
        return []
    one = timedelta(days=1)
    breaks = [day for before, day in pairwise(days) if day - before > one]
    firsts, lasts = [days[0], *breaks], [days[days.index(day) - 1] for day in breaks] + [days[-1]]
    return [Days(first, last + one, zone) for first, last in zip(firsts, lasts, strict=True)]


async def _fill(connection: Connection, zone: str) -> int:
    """Count a transaction's worth of days again of which no rows are kept yet; none while another machine is at it.

    Their sums too: those were of shares that a former release decided otherwise, or of a visit's former place.
    """
    if not await connection.fetchval(SQL["hold_roll_up"]) or not await is_rolled(connection, zone):
        return 0
    missing = not_kept(date.min, date.max, DAYS_AT_ONCE)
    days = sorted(row["day"] for row in await connection.fetch(missing.text, *missing.arguments))
    for stretch in runs_of(days, ZoneInfo(zone)):
        await count_days(connection, stretch)
    return len(days)


async def _begin(connection: Connection, zone: str) -> None:
    """Note every hour of which there is something, where the roll-up is of another zone or there is none."""
    if await connection.fetchval(SQL["hold_roll_up"]) and not await is_rolled(connection, zone):
        await connection.execute(SQL["begin_anew"], zone)


async def _count(connection: Connection, zone: str, mark: str) -> int:
    """A transaction's worth of days; none while another machine is at it.

    The notes are taken before anything is read: what is committed in between is noted anew.
    """
    if not await connection.fetchval(SQL["hold_roll_up"]):
        return 0
    hours = {row["hour"] for row in await connection.fetch(SQL["take_hours"], DAYS_AT_ONCE, zone, mark)}
    place = ZoneInfo(zone)
    # An hour of UTC is one of two days where the zone is half an hour off.
    days = sorted({moment.astimezone(place).date() for hour in hours for moment in (hour, hour + _WHOLE_HOUR)})
    for stretch in runs_of(days, place):
        await count_days(connection, stretch)
    return len(days)
