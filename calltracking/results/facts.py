"""What is kept of each day row by row: the statements that keep it, and those that read it with what changed since.

No I/O here. Sums of a day hold no line and no department, and a pool's number is many sites': who may see a part of the
calls, and the proof of a site, add up these narrow rows instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from calltracking.models.model import Model
from calltracking.results.result import By
from calltracking.results.statements import (
    PIECES,
    SLACK,
    Seen,
    Statement,
    arguments,
    asked_sums,
    credited_to,
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
_KEYS: Final = {
    By.LINE: "''",
    By.KEYWORD: "r.term",
    By.LANDING: "r.page",
    By.SITE: "coalesce(s.name, '')",
    By.CITY: "coalesce(s.city, '')",
    By.REGION: "r.place",
    By.HOUR: "lpad(extract(hour from r.started_at at time zone {zone})::text, 2, '0')",
}
"""How a visit says what a row is; the others as a column of their name. No visit is to a line."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Days that are asked for, and which of them, or of those they look back to, are to be read as they are."""

    days: Days
    stretches: Sequence[Days] = ()
    changed: Sequence[date] = ()

    @property
    def before_the_last(self) -> list[Days]:
        """Those stretches after which a day is kept: visits of the others come before nothing that is."""
        days = self.days
        kept = {days.first + timedelta(days=n) for n in range((days.after - days.first).days)} - set(self.changed)
        return [one for one in self.stretches if kept and one.first < max(kept)]


def keeping(days: Days, seen: Seen) -> list[Statement]:
    """Statements that keep these days, after what `laid_aside` lays."""
    given = {**arguments(days.since, days.until, days, seen), **_window(days), **_dates(days)}
    texts = ("clear_facts", "clear_visits", "keep_calls", "keep_led", "keep_visits", "mark_days", "note_led")
    return [numbered(pieced(_SQL[name], incoming=_SQL["incoming"], seen=PIECES["seen_raw"]), given) for name in texts]


def not_kept(first: date, after: date, most: int) -> Statement:
    """Days rolled up of which no rows are kept yet, the latest `most`."""
    return numbered(_SQL["not_kept"], {"first": first, "after": after, "most": most})


def kept_sums_to(model: Model, kept: Kept, seen: Seen, by: By) -> Statement:
    """What the model gives of the kept days, as `sums` tells it."""
    days = kept.days
    given = arguments(days.since, days.until, days, seen, by=by.value, **_kept(kept, seen))
    parts = [_SQL["seen_kept"]]
    for place, stretch in enumerate(kept.before_the_last):
        parts.append(_of_stretch(pieced(_SQL["seen_stretch"]), place))
        given |= _numbered_window(stretch, place)
    visits = f"({' union all '.join(parts)})"
    return credited_to(model, given, seen, pieced(_SQL["kept_conversions"]), asked_sums(by), visits)


def kept_traffic(kept: Kept, seen: Seen, by: By) -> Statement:
    """Visits of the kept days to the sites seen."""
    given = {**_kept(kept, seen), "sites": seen.sites, "by": by.value, "zone": kept.days.zone.key}
    key = _KEYS.get(by, f"r.{by.value}")
    return numbered(pieced(_SQL["kept_traffic"], key=key), given)


def kept_unexplained(kept: Kept, seen: Seen) -> Statement:
    """How many calls of the kept days nothing explains."""
    given = arguments(kept.days.since, kept.days.until, kept.days, seen, **_kept(kept, seen))
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


def _kept(kept: Kept, seen: Seen) -> dict[str, Any]:
    touch_first = kept.days.first - timedelta(days=1) - seen.back.visits
    return {**_dates(kept.days), "changed": list(kept.changed), "touch_first": touch_first}


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
