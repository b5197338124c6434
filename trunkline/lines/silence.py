"""When was a line last called, and is it silent longer than usual? No I/O here.

The usual gap is 30 days over the calls of the 30 days up to the last one. A line is silent when the last call is longer
ago than three such gaps and a whole working day lies between: a quiet weekend is no silence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from trunkline.directory.values import DayKind, Head, OverrideKind

WINDOW = timedelta(days=30)
LOOK_BACK = timedelta(days=75)
"""How far back calls are counted: a line silent for longer has no usual gap any more."""
_GAPS = 3
_FORGOTTEN = timedelta(days=30)

Works = Callable[[date], bool]
"""Whether the company works on a day."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The last incoming call of a line, and how many came in the 30 days up to it, that one included."""

    last: datetime | None = None
    calls: int = 0


def usual_gap(traffic: Traffic) -> timedelta | None:
    """The usual time between two calls; None where too little is known."""
    return WINDOW / traffic.calls if traffic.calls else None


def is_silent(traffic: Traffic, now: datetime, zone: ZoneInfo, works: Works) -> bool:
    """Whether the line is silent longer than usual; a line that was never called is not."""
    if traffic.last is None:
        return False
    gap = usual_gap(traffic)
    longest = _FORGOTTEN if gap is None else gap * _GAPS
    return now - traffic.last > longest and _has_working_day(traffic.last, now, zone, works)


def working_days(head: Head) -> Works:
    """Monday to Friday, but for what the company's own word or the production calendar of the plan's country says."""
    calendar: Mapping[date, DayKind] = head.calendar.get(_country(head.plan), {})
    overrides = [each for each in head.overrides if not each.branch]

    def works(day: date) -> bool:
        for each in overrides:
            if each.first <= day <= each.last:
                return each.kind is not OverrideKind.CLOSED
        kind = calendar.get(day)
        return day.weekday() < 5 if kind is None else kind is not DayKind.OFF

    return works


class _PlanCountry(msgspec.Struct):
    country: str = "RU"


def _country(plan: bytes) -> str:
    try:
        return msgspec.json.decode(plan, type=_PlanCountry).country
    except msgspec.DecodeError:
        return _PlanCountry().country


def _has_working_day(since: datetime, until: datetime, zone: ZoneInfo, works: Works) -> bool:
    """Whether a working day lies wholly between."""
    first, end = since.astimezone(zone).date(), until.astimezone(zone).date()
    days = min((end - first).days, 60)
    return any(works(first + timedelta(days=ahead)) for ahead in range(1, days))
