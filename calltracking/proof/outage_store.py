"""When calls or visits may be missing, as rows tell it; and the pulse that web processes leave, or do not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import web

from calltracking.proof.outage import HISTORY, Outage, OutageKind, silences
from calltracking.proof.store import PROOF
from calltracking.results.facts import visits_of
from calltracking.results.rolling import kept_of
from calltracking.results.statements import numbered, pieced
from trunkline.background import running
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.keys import pool_key
from trunkline.log import get_logger
from trunkline.reports.days import Days
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.proof", "outages.sql")
_BEAT_SECONDS: Final = 15.0
ABSENT: Final = timedelta(seconds=60)
"""A shorter absence, such as a restart, is no outage: the script keeps a page's number for a moment at most."""


async def pulse_context(app: web.Application) -> AsyncIterator[None]:
    """Beat while websites are served; stands on the database."""
    async with running({"pulse": partial(run_pulse, app[pool_key])}):
        yield


async def run_pulse(pool: Pool) -> None:
    """Beat for ever."""
    while True:
        try:
            await beat(pool)
        except DATABASE_TROUBLE as error:
            log.warning("pulse_not_written", error=str(error))
        await asyncio.sleep(_BEAT_SECONDS)


async def beat(pool: Pool, at: datetime | None = None) -> None:
    """Say that a web process reaches the database (`at`: not now), and note where none did for a while."""
    await pool.execute(_SQL["beat"], at, ABSENT)


async def read_outages(connection: Connection, site: UUID | None, days: Days, now: datetime) -> list[Outage]:
    """What failed in these days; silences of `site`, where it is given, among them."""
    rows = await connection.fetch(_SQL["outages"], days.since, days.until)
    found = [Outage(OutageKind(row["kind"]), row["since"], row["until"], row["of"], row["filled"]) for row in rows]
    if site is not None:
        before = Days(days.first - HISTORY, days.after, days.zone)
        visits, given = visits_of(await kept_of(connection, before), site)
        given |= {"since": days.since - HISTORY, "until": days.until}
        statement = numbered(pieced(PROOF["hours"], visits=visits), given)
        rows = await connection.fetch(statement.text, *statement.arguments)
        hours = {row["hour"]: row["visits"] for row in rows}
        found += silences(hours, now, days)
    return sorted(found, key=lambda one: one.since)
