"""What is kept of each day row by row: the statements that keep it, and those that read it with what changed since.

No I/O here. Sums of a day hold no site, and a pool's number is many sites': who may see a part of the visits, and the
proof of a site, add up these narrow rows instead. What visits are given is kept in shares.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from calltracking.results.result import HAS_VISITS, By
from calltracking.results.statements import (
    SLACK,
    Seen,
    Statement,
    arguments,
    numbered,
    pieced,
)
from trunkline.db.sql import load_queries
from trunkline.ids import lowest_id
from trunkline.reports.days import Days

_SQL: Final = load_queries("calltracking.results", "facts.sql")
_WEEK: Final = timedelta(days=8)
"""Visits and leases that explain a call are at most a week older; a day to spare."""
_STRETCH: Final = ("since", "until", "low", "high", "week_low")
"""What a stretch of days that are not kept is read by."""
_COLUMNS: Final = {by: {By.KEYWORD: "term", By.LANDING: "page", By.REGION: "place"}.get(by, by.value) for by in By}
"""Where a visit says what a row is."""
_BITS: Final = {by: bit for bit, by in enumerate((by for by in By if by in HAS_VISITS), start=1)}
"""Where report_visits.firsts says that it is the first of its visitor in that row that day; the lowest bit: of all."""


_KEEPING: Final = (
    "clear_facts", "clear_visits", "clear_site_visits",
    "keep_calls", "keep_led", "keep_visits", "keep_site_visits", "note_led",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """Days that are asked for, and which of them are to be read as they are."""

    days: Days
    stretches: Sequence[Days] = ()
    changed: Sequence[date] = ()


def keeping(days: Days, seen: Seen) -> list[Statement]:
    """Statements that keep these days, after what `laid_aside` lays."""
    bits = {"site": _BITS[By.SITE], "city": _BITS[By.CITY]}
    given = {**arguments(days.since, days.until, days, seen), **_window(days), **_dates(days), **bits}
    visited = _visited(By)
    return [numbered(pieced(_SQL[name], incoming=_SQL["incoming"], visited=visited), given) for name in _KEEPING]


def kept_traffic(days: Days) -> Statement:
    """What counts the visits that are kept of these days into report_traffic."""
    rows = ["(0, '', '')", *(f"({bit}, '{by}', {_COLUMNS[by]})" for by, bit in _BITS.items())]
    return numbered(pieced(_SQL["keep_traffic"], rows=", ".join(rows)), _dates(days))


def marked(days: Days) -> Statement:
    """What says that rows of these days are kept, when all of them are."""
    return numbered(_SQL["mark_days"], _dates(days))


def not_kept(first: date, after: date, most: int) -> Statement:
    """Days rolled up of which no rows are kept yet, the latest `most`."""
    return numbered(_SQL["not_kept"], {"first": first, "after": after, "most": most})


def kept_traffic_to(kept: Kept, seen: Seen, by: By) -> list[Statement]:
    """Visits of the kept days to the sites seen: of each day; and by row in all, where rows have visits."""
    given = {**_kept(kept), "sites": seen.sites}
    of_days = numbered(_SQL["kept_days"], given)
    if by not in _BITS:
        return [of_days]
    if by in (By.SITE, By.CITY):
        key = f"coalesce(s.{'name' if by is By.SITE else 'city'}, '')"
        return [of_days, numbered(pieced(_SQL["kept_sites"], key=key, visitors=f"r.of_{by}"), given)]
    return [of_days, numbered(pieced(_SQL["kept_rows"], key=_COLUMNS[by]), {**given, "bit": _BITS[by]})]


def fresh_traffic_to(days: Days, seen: Seen, by: By) -> Statement:
    """The same of days that are not kept."""
    more = {"sites": seen.sites, "bit": _BITS.get(by, 0), "zone": days.zone.key}
    key = _COLUMNS[by] if by in _BITS else "''::text"
    return numbered(pieced(_SQL["fresh_traffic"], visited=_visited([by]), key=key), {**_window(days), **more})


def kept_unexplained(kept: Kept, seen: Seen) -> Statement:
    """How many calls of the kept days nothing explains."""
    given = arguments(kept.days.since, kept.days.until, kept.days, seen, **_kept(kept))
    return numbered(pieced(_SQL["kept_unexplained"]), given)


def calls_in(kept: Kept, *only: str) -> tuple[list[str], dict[str, Any]]:
    """Tables that hold the calls that came in on these days, and what their names in braces stand for.

    `only`: conditions one of which they meet, each by an index.
    """
    conditions = only or ("true",)
    tables = [f"({_SQL['kept_calls']} and {one})" for one in conditions]
    fresh = f"({pieced(_SQL['fresh_calls'], incoming=_SQL['incoming'])} and ({' or '.join(conditions)}))"
    more, given = _stretches(kept, fresh)
    return [*tables, *more], given | {"zone": kept.days.zone.key}


def visits_of(kept: Kept, site: UUID) -> tuple[str, dict[str, Any]]:
    """A table of when the site's visits began on these days, and what its names in braces stand for."""
    more, given = _stretches(kept, _SQL["fresh_moments"])
    return f"({' union all '.join([_SQL['kept_moments'], *more])})", given | {"site": site}


def _stretches(kept: Kept, fresh: str) -> tuple[list[str], dict[str, Any]]:
    """What is read as it is, stretch by stretch, and the arguments of that and of what is kept."""
    given: dict[str, Any] = {**_dates(kept.days), "changed": list(kept.changed)}
    for place, stretch in enumerate(kept.stretches):
        given |= _numbered_window(stretch, place)
    return [_of_stretch(fresh, place) for place in range(len(kept.stretches))], given


def _visited(bys: Iterable[By]) -> str:
    """Visits, marked where they are a visitor's first in the rows of these kinds."""
    columns = {0: "", **{_BITS[by]: f", {_COLUMNS[by]}" for by in bys if by in _BITS}}
    firsts = (
        f"(row_number() over (partition by day, visitor{column} order by started_at, id) = 1)::integer << {bit}"
        for bit, column in columns.items()
    )
    return pieced(_SQL["visited"], firsts=" | ".join(f"({first})" for first in firsts))


def _kept(kept: Kept) -> dict[str, Any]:
    return {**_dates(kept.days), "changed": list(kept.changed)}


def _dates(days: Days) -> dict[str, date]:
    return {"first": days.first, "after": days.after}


def _window(days: Days) -> dict[str, Any]:
    since, until = days.since, days.until
    low, week_low = lowest_id(since - SLACK), lowest_id(since - _WEEK)
    return {"since": since, "until": until, "low": low, "high": lowest_id(until), "week_low": week_low}


def _numbered_window(stretch: Days, place: int) -> dict[str, Any]:
    return {f"{name}{place}": value for name, value in _window(stretch).items()}


def _of_stretch(text: str, place: int) -> str:
    for name in _STRETCH:
        text = text.replace(f"{{{name}}}", f"{{{name}{place}}}")
    return text
