"""Is it working time? Hours of each weekday, the place's zone, its calendar and its overrides. No I/O here."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple, assert_never
from zoneinfo import ZoneInfo

import msgspec

from trunkline.directory.intervals import Intervals, cut, parse_interval, parse_time
from trunkline.directory.values import DayKind, OverrideBrief, OverrideKind

_QUARTER: Final = 900
"""Seconds in which neither the hour nor the day changes: every zone differs from UTC by whole quarters of an hour."""


class Moment(msgspec.Struct, frozen=True, gc=False):
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
    ordinal: int = 0
    """The date's, `date.toordinal()`."""


class _Quarter(NamedTuple):
    """What holds for a quarter of an hour."""

    number: int
    """Of those since 1970."""
    hour: str
    """`2026-08-06 10:`."""
    begins: int
    """The minute of the day."""
    weekday: int
    day: DayKind | None
    hours: Intervals
    ordinal: int


class Clock:
    """Knows for any moment whether a place works. The first of `overrides` that names a day wins over `calendar`."""

    def __init__(
        self,
        zone: ZoneInfo,
        week: Sequence[Sequence[str]],
        calendar: Mapping[date, DayKind],
        short_day_minutes: int,
        overrides: Sequence[OverrideBrief] = (),
    ) -> None:
        usual = [tuple(parse_interval(text) for text in intervals) for intervals in week]
        # A working Saturday keeps the hours of the first weekday that has any.
        first = next((intervals for intervals in usual if intervals), ())
        self.zone = zone
        self._calendar = calendar
        self._overrides = overrides
        self._hours: Mapping[DayKind | None, list[Intervals]] = {
            None: usual,
            DayKind.OFF: [()] * 7,
            DayKind.SHORT: [_shortened(intervals or first, short_day_minutes) for intervals in usual],
            DayKind.WORKING: [intervals or first for intervals in usual],
        }
        self._quarter = self._read(0)
        self._kept = (0, self._look(0))

    def at(self, now: float) -> Moment:
        """The moment `now` (Unix seconds); nothing here changes within a minute, so the last one is kept."""
        minute = int(now // 60)
        kept = self._kept
        if kept[0] != minute:
            kept = self._kept = (minute, self._look(minute))
        return kept[1]

    def override(self, day: date) -> OverrideBrief | None:
        """What somebody said of the day itself."""
        return next((each for each in self._overrides if each.first <= day <= each.last), None)

    def on(self, day: date) -> tuple[DayKind | None, Intervals]:
        """How the day differs from its weekday, and when the place is open on it."""
        override = self.override(day)
        if override is not None:
            return self._overridden(override, day.weekday())
        kind = self._calendar.get(day)
        return kind, self._hours[kind][day.weekday()]

    def usual(self, weekday: int) -> Intervals:
        """When the place is open on a weekday that nothing changes."""
        return self._hours[None][weekday]

    def _overridden(self, override: OverrideBrief, weekday: int) -> tuple[DayKind, Intervals]:
        match override.kind:
            case OverrideKind.CLOSED:
                return DayKind.OFF, ()
            case OverrideKind.SHORT:
                return DayKind.SHORT, cut(self._hours[DayKind.WORKING][weekday], parse_time(override.until))
            case OverrideKind.OPEN:
                return DayKind.WORKING, tuple(parse_interval(text) for text in override.hours)
            case _:
                assert_never(override.kind)

    def _look(self, minute: int) -> Moment:
        """The moment `minute` minutes after 1970: a preview looks at a hundred thousand."""
        number, past = divmod(minute, _QUARTER // 60)
        quarter = self._quarter
        if quarter.number != number:
            quarter = self._quarter = self._read(number)
        _, hour, begins, weekday, day, hours, ordinal = quarter
        now = begins + past
        is_open = any(opens <= now < closes for opens, closes in hours)
        return Moment(f"{hour}{now % 60:02d}", weekday, day, is_open, now, ordinal)

    def _read(self, number: int) -> _Quarter:
        local = datetime.fromtimestamp(number * _QUARTER, self.zone)
        day, hours = self.on(local.date())
        hour = local.isoformat(" ", "hours")[:13] + ":"
        return _Quarter(number, hour, local.hour * 60 + local.minute, local.weekday(), day, hours, local.toordinal())


def _shortened(intervals: Intervals, minutes: int) -> Intervals:
    return cut(intervals, intervals[-1][1] - minutes) if intervals else ()
