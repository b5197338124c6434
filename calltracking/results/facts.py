"""What is kept of each day row by row: the statements that keep it, and those that read it with what changed since.

No I/O here. Sums of a day hold no site, and a pool's number is many sites': who may see a part of the visits, and the
proof of a site, add up these narrow rows instead. What visits are given is kept in shares.py.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
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
_FIRSTS: Final = (
    By.CHANNEL, By.SOURCE, By.CAMPAIGN, By.KEYWORD, By.LANDING, By.REGION, By.DEVICE, By.HOUR,
)  # fmt: skip
"""Rows of which a visit is its visitor's first on the site that day, as report_visits.firsts says: never reordered."""
_BITS: Final = {by: bit for bit, by in enumerate(_FIRSTS, start=1)}
"""Its bit of each; the lowest: the visitor's first on the site that day at all, as rows of sites and cities count."""
_ALL_SITES: Final = UUID(int=(1 << 128) - 1)
"""No site's: it stands for all of them where a month is summed."""
_OF_SITE: Final = "day, site_id, visitor"
_OF_ALL: Final = "day, visitor"
"""Among what visits a visitor's first is told: to a reader of some sites each site's, to whom nothing is hidden all."""

_KEEPING: Final = (
    "clear_facts", "clear_visits", "clear_site_visits", "clear_months",
    "keep_calls", "keep_led", "keep_visits", "keep_site_visits", "note_led",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """Days that are asked for, and which of them are to be read as they are."""

    days: Days
    stretches: Sequence[Days] = ()
    changed: Sequence[date] = ()

    def unchanged(self) -> list[date]:
        """Its days that are kept."""
        apart = frozenset(self.changed)
        days = (self.days.first + timedelta(days=n) for n in range((self.days.after - self.days.first).days))
        return [day for day in days if day not in apart]

    def whole_months(self) -> list[date]:
        """First days of the months all of whose days are kept."""
        days = self.unchanged()
        lengths = Counter(day.replace(day=1) for day in days)
        return [month for month, length in lengths.items() if length == monthrange(month.year, month.month)[1]]


def keeping(days: Days, seen: Seen) -> list[Statement]:
    """Statements that keep these days, after what `laid_aside` lays."""
    given = {**arguments(days.since, days.until, days, seen), **_window(days), **_dates(days)}
    visited = _visited(_OF_SITE, [_COLUMNS[by] for by in _FIRSTS])
    return [numbered(pieced(_SQL[name], incoming=_SQL["incoming"], visited=visited), given) for name in _KEEPING]


def kept_traffic(days: Days) -> Statement:
    """What counts the visits that are kept of these days, and the visitors of all sites, into report_traffic."""
    rows = ["(0, '', '')", *(f"({_BITS.get(by, 0)}, '{by}', {_COLUMNS[by]})" for by in By if by in HAS_VISITS)]
    return numbered(pieced(_SQL["keep_traffic"], rows=", ".join(rows)), _dates(days))


def marked(days: Days) -> Statement:
    """What says that rows of these days are kept, when all of them are."""
    return numbered(_SQL["mark_days"], _dates(days))


def not_kept(first: date, after: date, most: int) -> Statement:
    """Days rolled up of which no rows are kept yet, the latest `most`."""
    return numbered(_SQL["not_kept"], {"first": first, "after": after, "most": most})


def not_summed(zone: str) -> Statement:
    """The latest month that is to be summed."""
    return numbered(_SQL["not_summed"], {"zone": zone})


def sum_month(month: date) -> Statement:
    """What sums the visits that are kept of a month by site and row."""
    rows = ", ".join(f"({bit}, '{by}', {_COLUMNS[by]})" for by, bit in _BITS.items())
    return numbered(pieced(_SQL["sum_month"], rows=rows), {"month": month, "all_sites": _ALL_SITES})


def kept_traffic_to(kept: Kept, seen: Seen, by: By) -> list[Statement]:
    """Visits of the kept days to the sites seen: of each day; and by row in all, where rows have visits.

    Visitors are each site's, whoever else they are: what he is told hangs on no site that he does not see.
    """
    given = {**_kept(kept), "sites": seen.sites}
    of_days = numbered(_SQL["kept_days"], given)
    if by not in HAS_VISITS:
        return [of_days]
    if by in (By.SITE, By.CITY):
        key = f"coalesce(s.{'name' if by is By.SITE else 'city'}, '')"
        return [of_days, numbered(pieced(_SQL["kept_sites"], key=key), given)]
    more = {
        "by": by.value,
        "bit": _BITS[by],
        "all_sites": _ALL_SITES,
        "months": kept.whole_months(),
        "days": kept.unchanged(),
    }
    text = pieced(
        _SQL["kept_rest" if seen.most_sites else "kept_rows"],
        hidden=_SQL["hidden"],
        loose=_SQL["loose"],
        key=_COLUMNS[by],
    )
    return [of_days, numbered(text, {**given, **more})]


def fresh_traffic_to(days: Days, seen: Seen, by: By) -> Statement:
    """The same of days that are not kept; to whom nothing is hidden, visitors of all sites together."""
    key = _COLUMNS[by] if by in HAS_VISITS else "''::text"
    visited = _visited(_OF_ALL if seen.sites is None else _OF_SITE, [key])
    given = {**_window(days), "sites": seen.sites, "zone": days.zone.key}
    return numbered(pieced(_SQL["fresh_traffic"], visited=visited, key=key), given)


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


def _visited(among: str, columns: Sequence[str]) -> str:
    """Visits, and as bits what each is the first of `among` these, and from the next bit on in each column."""
    partitions = [among, *(f"{among}, {column}" for column in columns)]
    firsts = (
        f"((row_number() over (partition by {partition} order by started_at, id) = 1)::integer << {bit})"
        for bit, partition in enumerate(partitions)
    )
    return pieced(_SQL["visited"], firsts=" | ".join(firsts))


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
