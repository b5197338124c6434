"""The rows of results, read from visits, attributions and calls."""

from datetime import timedelta
from typing import Final

from asyncpg import Record

from calltracking.results.result import MOST_ROWS, TARGET_SECONDS, By, Result, Results, joined
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

_SQL: Final = load_queries("calltracking.results")
# An id carries the second its call's channel was made, some seconds before its first event at most.
_SLACK: Final = timedelta(seconds=60)
_MOST_READ: Final = 1001
"""Pages and campaigns are what visitors' addresses say, and may be any number."""
_SUM: Final = "\0"
"""The key of the row that is the sum: no text of the database can hold it."""


async def read_results(connection: Connection, days: Days, by: By, sure: float, reach: Reach) -> Results:
    """What was brought in these days; visits are everybody's, calls those within `reach`."""
    window = days.since, days.until, lowest_id(days.since - _SLACK), lowest_id(days.until)
    seen = await connection.fetch(_SQL["visits"], *window, by.value, _MOST_READ)
    scope = reach.person, reach.departments, reach.lines
    heard = await connection.fetch(_SQL["calls"], *window, by.value, sure, TARGET_SECONDS * 1000, *scope, _MOST_READ)
    unexplained = await connection.fetchval(_SQL["unexplained"], *window, days.zone.key, sure, *scope)
    visits, calls = [_result(row) for row in seen], [_result(row) for row in heard]
    total, *rows = joined(visits, calls, first=_SUM)
    return Results(tuple(rows[:MOST_ROWS]), total, unexplained)


def _result(row: Record) -> Result:
    values = dict(row)
    key = values.pop("key")
    return Result(_SUM if key is None else key, **values)
