"""The rows of results: days of the roll-up, and afresh those that changed since or that are not everybody's."""

from collections.abc import Sequence
from datetime import date

from asyncpg import Record

from calltracking.models.model import WHOLE
from calltracking.results.asking import Question
from calltracking.results.facts import Kept, fresh_traffic_to, kept_traffic_to, kept_unexplained
from calltracking.results.result import (
    HAS_COSTS,
    HAS_VISITS,
    MEASURES,
    MOST_ROWS,
    Result,
    Results,
    added,
    of_measures,
    ordered,
)
from calltracking.results.rolling import SQL, back_of, hurry, is_rolled, kept_of, runs_of
from calltracking.results.shares import kept_sums_to
from calltracking.results.statements import SLACK, USUAL, Seen, Statement, sums
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

_NOTHING = Result("")


class _Parts:
    """What was read so far: rows of the kind asked for, what each day came to, calls nothing explains."""

    def __init__(self) -> None:
        self.rows: list[Result] = []
        self.days: list[tuple[date, Result]] = []
        self.unexplained = 0
        self.cost: int | None = None


async def seen_of(connection: Connection, reach: Reach) -> Seen:
    """What a reader may count: who sees some lines counts visits of sites that have only these; visits have no
    department."""
    back = await back_of(connection)
    if reach.departments is not None:
        return Seen(reach, back, [])
    if reach.lines is None:
        return Seen(reach, back)
    sites = await connection.fetch(SQL["own_sites"], reach.lines)
    own = [row["id"] for row in sites if row["own"]]
    return Seen(reach, back, own, most_sites=2 * len(own) > len(sites))


async def target_talk(connection: Connection) -> int | None:
    """The seconds of a target talk, where all that is counted has the same; None: as each site says."""
    usual = int(USUAL.target_talk.total_seconds())
    told = {row["seconds"] for row in await connection.fetch(SQL["target_talks"], usual)} or {usual}
    return told.pop() if len(told) == 1 else None


async def read_results(connection: Connection, days: Days, question: Question, reach: Reach, costs: bool) -> Results:
    """What was brought in these days, inside a transaction; `costs`: they may be told.

    Days that changed are looked up first: one that is rolled up in the meantime is read afresh, and right.
    """
    await hurry(connection)
    seen, parts = await seen_of(connection, reach), _Parts()
    stretches: Sequence[Days] = [days]
    if seen.everything and await is_rolled(connection, days.zone.key):
        rows = await connection.fetch(SQL["changed_days"], days.first, days.after, days.zone.key)
        changed = [row["day"] for row in rows if days.first <= row["day"] < days.after]
        await _read_rolled(connection, days, question, changed, parts)
        stretches = runs_of(changed, days.zone)
    elif not seen.everything:
        kept = await kept_of(connection, days)
        await _read_kept(connection, kept, question, seen, parts)
        stretches = kept.stretches
    for stretch in stretches:
        await _read_fresh(connection, stretch, question, seen, parts)
    if costs:
        await _read_costs(connection, days, question, parts)
    return _told(parts)


async def _read_rolled(
    connection: Connection, days: Days, question: Question, changed: list[date], parts: _Parts
) -> None:
    span = days.first, days.after, question.by.value, changed
    for row in await connection.fetch(SQL["rolled_traffic"], *span):
        _add(parts, row, Result(row["key"], row["visits"], row["visitors"]))
        parts.unexplained += row["unexplained"]
    for row in await connection.fetch(SQL["rolled_credits"], *span, question.place, question.band):
        _add(parts, row, of_measures(row["key"], (row[name] for name in MEASURES)))
        parts.unexplained += row["unsure"] // WHOLE


async def _read_fresh(connection: Connection, days: Days, question: Question, seen: Seen, parts: _Parts) -> None:
    window = days.since, days.until, lowest_id(days.since - SLACK), lowest_id(days.until)
    if not seen.alone:
        await _read_traffic(connection, fresh_traffic_to(days, seen, question.by), question, parts)
    await _read_sums(connection, sums(question.model, days, seen, question.by), question, parts)
    reach = seen.reach
    assert reach is not None
    scope = reach.person, reach.departments, reach.lines
    rows = await connection.fetch(SQL["unexplained"], *window, days.zone.key, *scope)
    parts.unexplained += sum(row["unexplained"] for row in rows)


async def _read_kept(connection: Connection, kept: Kept, question: Question, seen: Seen, parts: _Parts) -> None:
    """The days that are kept row by row: of them only his."""
    if not seen.alone:
        for statement in kept_traffic_to(kept, seen, question.by):
            await _read_traffic(connection, statement, question, parts)
    await _read_sums(connection, kept_sums_to(question.model, kept, seen, question.by), question, parts)
    unexplained = kept_unexplained(kept, seen)
    parts.unexplained += await connection.fetchval(unexplained.text, *unexplained.arguments)


async def _read_traffic(connection: Connection, statement: Statement, question: Question, parts: _Parts) -> None:
    """Rows of a day, and, without one, of what is asked for."""
    for row in await connection.fetch(statement.text, *statement.arguments):
        if (day := row.get("day")) is not None:
            parts.days.append((day, Result("", row["visits"], row["visitors"])))
        elif question.by in HAS_VISITS:
            parts.rows.append(Result(row["key"], row["visits"], row["visitors"]))


async def _read_sums(connection: Connection, statement: Statement, question: Question, parts: _Parts) -> None:
    unsure = 0
    for row in await connection.fetch(statement.text, *statement.arguments):
        if row["band"] >= question.band:
            _add_by(parts, row, of_measures(row["key"] or "", (row[name] for name in MEASURES)))
        elif row["by"] == "":
            unsure += row["calls"]
    parts.unexplained += unsure // WHOLE


async def _read_costs(connection: Connection, days: Days, question: Question, parts: _Parts) -> None:
    rows = await connection.fetch(SQL["costs"], days.first, days.after, question.by.value, question.vat == "with")
    for row in rows:
        if row["is_sum"]:
            parts.cost = row["cost"] or 0
        elif question.by in HAS_COSTS:
            parts.rows.append(Result(row["key"], cost=row["cost"]))


def _add(parts: _Parts, row: Record, told: Result) -> None:
    if row["day"] is None:
        parts.rows.append(told)
    else:
        parts.days.append((row["day"], told))


def _add_by(parts: _Parts, row: Record, told: Result) -> None:
    if row["by"] == "":
        parts.days.append((row["day"], told))
    else:
        parts.rows.append(told)


def _told(parts: _Parts) -> Results:
    by_day: dict[date, Result] = {}
    total = Result("", cost=parts.cost)
    for day, one in parts.days:
        by_day[day] = by_day[day].plus(one) if day in by_day else one
        total = total.plus(one)
    # What came and went again leaves a day's row of nothing in the roll-up.
    some = {day: one for day, one in by_day.items() if one != _NOTHING}
    return Results(ordered(added(parts.rows).values())[:MOST_ROWS], total, parts.unexplained, some)
