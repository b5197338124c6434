"""A place's year, month by month, and its days that differ from their weekday. No I/O here."""

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from router.clocks import DaySource, branch_clock, company_clock, source_of
from router.hours import Clock
from router.plan import Plan
from trunkline.directory.intervals import shown
from trunkline.directory.values import DayKind, Head, OverrideBrief


@dataclass(frozen=True, slots=True)
class Cell:
    """One day: `kind` is None for a day like any other of its weekday."""

    day: date
    kind: DayKind | None
    hours: str
    """Empty: closed all day."""
    source: DaySource | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row that differ in the same way, on the same word."""

    first: date
    last: date
    cell: Cell


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months of weeks from Monday on, None beside the month's own days; and all stretches."""

    months: list[list[list[Cell | None]]]
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Names:
    """What days are called: by the calendar of the place's country, and by who overrode them."""

    holidays: Mapping[date, str]
    reasons: Mapping[OverrideBrief, str]


def clock_at(plan: Plan, place: str, head: Head) -> Clock:
    """The clock of a branch, or of the company where `place` is empty."""
    return branch_clock(plan, place, head) if place else company_clock(plan, head)


def year_of(plan: Plan, place: str, head: Head, year: int, names: Names) -> Year:
    """The year at a branch, or at the company where `place` is empty."""
    clock = clock_at(plan, place, head)
    first = date(year, 1, 1)
    days = (first + timedelta(days=ahead) for ahead in range((date(year + 1, 1, 1) - first).days))
    cells = {day: _cell(plan, place, clock, day, names) for day in days}
    months = [
        [[cells[day] if day.month == month else None for day in week] for week in weeks]
        for month in range(1, 13)
        for weeks in [_weeks(year, month)]
    ]
    return Year(months, _stretches(list(cells.values())))


def _weeks(year: int, month: int) -> list[list[date]]:
    days = list(Calendar().itermonthdates(year, month))
    return [days[place : place + 7] for place in range(0, len(days), 7)]


def _cell(plan: Plan, place: str, clock: Clock, day: date, names: Names) -> Cell:
    kind, hours = clock.on(day)
    source = source_of(plan, place, clock, day)
    override = clock.override(day)
    name = names.reasons.get(override, "") if override else ""
    if source is DaySource.CALENDAR:
        name = names.holidays.get(day, "")
    return Cell(day, kind, shown(hours), source, name)


def _stretches(cells: list[Cell]) -> list[Stretch]:
    found: list[Stretch] = []
    for cell in cells:
        if cell.kind is None:
            continue
        last = found[-1] if found else None
        if last and last.last + timedelta(days=1) == cell.day and replace(last.cell, day=cell.day) == cell:
            found[-1] = replace(last, last=cell.day)
        else:
            found.append(Stretch(cell.day, cell.day, cell))
    return found
