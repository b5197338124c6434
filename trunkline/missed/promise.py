"""By when a missed client is promised a call: so many minutes of working time after he was missed. No I/O here.

The hours are those of the rules (trunkline/missed/rules.py); the production calendar and what was said of the whole
company's days change them. Queues' own hours belong to the routing plan, which only the router reads. No hours: round
the clock.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

from trunkline.directory.intervals import MIDNIGHT, Intervals, cut, parse_interval, parse_time
from trunkline.directory.values import DayKind, OverrideBrief, OverrideKind

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(r"([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? (\S+)").fullmatch
_SHORTER = 60
"""Minutes by which a shortened day is shorter."""
LOOKAHEAD = timedelta(days=60)
"""Where no working time is found in so many days, the promise is kept in plain time."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the list goes by; `week` holds the hours of each day from Monday on, empty for round the clock."""

    promise_minutes: int = 30
    short_seconds: int = 5
    week: tuple[Intervals, ...] = ()
    country: str = "RU"
    zone: tzinfo = UTC


class MissedRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a company sets; `hours` are texts such as `Mon 09:00-18:00`, none for round the clock."""

    promise_minutes: int = 30
    hours: tuple[str, ...] = ()
    country: str = "RU"
    short_seconds: int = 5
    answer_seconds: int = 20
    aged_days: int = 14
    """0: an entry never ages."""

    def in_zone(self, zone: tzinfo) -> Rules:
        """As the list goes by them, by the clocks of `zone`."""
        return Rules(self.promise_minutes, self.short_seconds, week_of(self.hours), self.country, zone)


@dataclass(frozen=True, slots=True)
class Days:
    """What is said of single days; an override wins over the calendar."""

    calendar: Mapping[date, DayKind]
    overrides: Sequence[OverrideBrief] = ()


def week_of(texts: Sequence[str]) -> tuple[Intervals, ...]:
    """`["Mon-Fri 09:00-18:00", "Sat 10:00-15:00"]` as hours of each day; raises ValueError."""
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for text in texts:
        match = _HOURS(text)
        if match is None or match[1] not in DAYS or (match[2] or match[1]) not in DAYS:
            raise ValueError(text)
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        if first > last:
            raise ValueError(text)
        for place in range(first, last + 1):
            week[place].append(parse_interval(match[3]))
    return tuple(tuple(sorted(intervals)) for intervals in week) if texts else ()


def promised(since: datetime, rules: Rules, days: Days) -> datetime:
    """The moment by which somebody missed at `since` is to be called."""
    since, left = since.astimezone(UTC), timedelta(minutes=rules.promise_minutes)
    if not any(rules.week):
        return since + left
    here = since.astimezone(rules.zone)
    for number in range(LOOKAHEAD.days):
        day = here.date() + timedelta(days=number)
        for opens, closes in hours_on(day, rules.week, days):
            begins, ends = max(moment_of(day, opens, rules.zone), since), moment_of(day, closes, rules.zone)
            if begins < ends and left <= ends - begins:
                return begins + left
            left -= max(ends - begins, timedelta())
    return since + timedelta(minutes=rules.promise_minutes)


def hours_on(day: date, week: Sequence[Intervals], days: Days) -> Intervals:
    """The hours of a day; `week` has some on at least one of its days."""
    usual = week[day.weekday()]
    worked = usual or next(intervals for intervals in week if intervals)
    override = next((one for one in days.overrides if one.first <= day <= one.last), None)
    if override is not None:
        return _overridden(override, worked)
    match days.calendar.get(day):
        case DayKind.OFF:
            return ()
        case DayKind.SHORT:
            return cut(worked, worked[-1][1] - _SHORTER)
        case DayKind.WORKING:
            return worked
        case _:
            return usual


def _overridden(override: OverrideBrief, worked: Intervals) -> Intervals:
    match override.kind:
        case OverrideKind.CLOSED:
            return ()
        case OverrideKind.SHORT:
            return cut(worked, parse_time(override.until))
        case OverrideKind.OPEN:
            return tuple(parse_interval(text) for text in override.hours)


def moment_of(day: date, minute: int, zone: tzinfo) -> datetime:
    """A minute of a day by the clocks of `zone`, in UTC."""
    if minute == MIDNIGHT:
        day, minute = day + timedelta(days=1), 0
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
