"""Is it working time? Hours of each weekday, the company's zone, and the production calendar. No I/O here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from trunkline.directory.values import DayKind
from trunkline.web.i18n import gettext as _

_INTERVAL = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)").fullmatch
_MIDNIGHT = 24 * 60

Intervals = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as the company sees it."""

    local: str
    """`2026-08-06 10:15` in the company's zone."""
    weekday: int
    """0 is Monday."""
    day: DayKind | None
    """What the production calendar says of the day; None where it says nothing."""
    open: bool
    minute: int = 0
    """Since midnight."""


def parse_interval(text: str) -> tuple[int, int]:
    """`"09:00-18:00"` → minutes since midnight; raises ValueError. An interval over midnight is two: `22:00-24:00`
    of one day and `00:00-06:00` of the next.
    """
    match = _INTERVAL(text)
    opens, closes = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
    if not opens < closes <= _MIDNIGHT:
        told = _("%(text)r must be hours of one day such as 09:00-18:00, from the earlier to the later")
        raise ValueError(told % {"text": text})
    return opens, closes


class Clock:
    """Knows for any moment whether the company works."""

    def __init__(
        self, zone: ZoneInfo, week: Sequence[Sequence[str]], calendar: Mapping[date, DayKind], short_day_minutes: int
    ) -> None:
        usual = [tuple(parse_interval(text) for text in intervals) for intervals in week]
        # A working Saturday keeps the hours of the first weekday that has any.
        first = next((intervals for intervals in usual if intervals), ())
        self.zone = zone
        self._calendar = calendar
        self._hours: Mapping[DayKind | None, list[Intervals]] = {
            None: usual,
            DayKind.OFF: [()] * 7,
            DayKind.SHORT: [_shortened(intervals or first, short_day_minutes) for intervals in usual],
            DayKind.WORKING: [intervals or first for intervals in usual],
        }
        self._kept = (0, self._look(0.0))

    def at(self, now: float) -> Moment:
        """The moment `now` (Unix seconds); nothing here changes within a minute, so the last one is kept."""
        minute = int(now // 60)
        kept = self._kept
        if kept[0] != minute:
            kept = self._kept = (minute, self._look(now))
        return kept[1]

    def _look(self, now: float) -> Moment:
        local = datetime.fromtimestamp(now, self.zone)
        day = self._calendar.get(local.date())
        weekday = local.weekday()
        minute = local.hour * 60 + local.minute
        is_open = any(opens <= minute < closes for opens, closes in self._hours[day][weekday])
        return Moment(local.isoformat(" ", "minutes")[:16], weekday, day, is_open, minute)


def _shortened(intervals: Intervals, minutes: int) -> Intervals:
    if not intervals:
        return ()
    end = intervals[-1][1] - minutes
    return tuple((opens, min(closes, end)) for opens, closes in intervals if opens < end)
