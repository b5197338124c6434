"""The figures of reports, read from the roll-up of hours, or from the calls where it cannot tell."""

from collections import Counter, defaultdict
from datetime import timedelta

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days
from trunkline.reports.missed import Count, MissedShare
from trunkline.reports.quality import USUAL_DAYS, LineQuality, Usual
from trunkline.reports.rollup import is_rolled

_SQL = load_queries("trunkline.reports")
# A call's id carries the second its channel was made, some seconds before its first event at most.
_SLACK = timedelta(seconds=60)


async def missed_share(connection: Connection, days: Days, reach: Reach) -> MissedShare:
    """Incoming calls that began in these days."""
    if await is_rolled(connection, days.zone.key, reach):
        rows = await connection.fetch(_SQL["missed_share_rolled"], days.first, days.after, days.zone.key)
    else:
        rows = await connection.fetch(
            _SQL["missed_share"],
            days.since,
            days.until,
            lowest_id(days.since - _SLACK),
            lowest_id(days.until),
            days.zone.key,
            reach.person,
            reach.departments,
            reach.lines,
        )
    found: defaultdict[str, list[Count]] = defaultdict(list)
    for by, *count in rows:
        found[by].append(Count(*count))
    return MissedShare(
        total=found[""][0] if found[""] else Count("", 0, 0, 0, 0, 0, 0),
        lines=tuple(found["line"]),
        queues=tuple(found["queue"]),
        hours=tuple(sorted(found["hour"], key=lambda one: one.key)),
        reasons=tuple((one.key, one.missed) for one in found["reason"]),
    )


async def line_quality(connection: Connection, days: Days, reach: Reach) -> list[LineQuality]:
    """Each line's figures of these days beside its usual ones, most calls first."""
    told = await _quality(connection, days, reach)
    before = await _quality(connection, days.before(USUAL_DAYS), reach)
    usual: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (direction, line, _), figures in before.items():
        usual[direction, line].update({what: figures[what, ""] for what in ("calls", "answered")})
    found = [
        LineQuality(
            direction=direction,
            line=line,
            operator=operator,
            calls=figures["calls", ""],
            answered=figures["answered", ""],
            short=figures["short", ""],
            causes={key: number for (what, key), number in figures.items() if what == "cause"},
            delays={int(key): number for (what, key), number in figures.items() if what == "delay"},
            usual=Usual(usual[direction, line]["calls"], usual[direction, line]["answered"]),
        )
        for (direction, line, operator), figures in told.items()
    ]
    return sorted(found, key=lambda one: (one.direction, -one.calls, one.line, one.operator))


async def _quality(
    connection: Connection, days: Days, reach: Reach
) -> dict[tuple[str, str, str], Counter[tuple[str, str]]]:
    """By direction, line and operator: how many of what."""
    zone = days.zone.key
    direct = not await is_rolled(connection, zone, reach)
    rows = await connection.fetch(
        _SQL["quality"], days.first, days.after, zone, direct, reach.person, reach.departments, reach.lines
    )
    found: defaultdict[tuple[str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for direction, line, operator, what, key, number in rows:
        found[direction, line, operator][what, key] += number
    return found
