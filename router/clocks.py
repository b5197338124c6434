"""Whose hours hold at a place, and which word counts for a day of it. No I/O here.

A day is what the first of these says: an override of the branch, one of the company, `days` of the branch, `days` of
the plan where the branch is in its country, the calendar of the branch's country.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from router.hours import Clock
from router.plan import Hours, Plan, QueueHours
from trunkline.directory.intervals import MIDNIGHT
from trunkline.directory.values import DayKind, Head

_ALL_DAY = ("00:00-24:00",)
ALWAYS_OPEN = Hours(mon=_ALL_DAY, tue=_ALL_DAY, wed=_ALL_DAY, thu=_ALL_DAY, fri=_ALL_DAY, sat=_ALL_DAY, sun=_ALL_DAY)


class DaySource(StrEnum):
    """Who says that a day differs from its weekday."""

    OVERRIDE = "override"
    PLAN = "plan"
    CALENDAR = "calendar"


def company_clock(plan: Plan, head: Head) -> Clock:
    """The clock of what has none of its own."""
    return clock_of(plan, "", plan.hours, head)


def branch_clock(plan: Plan, name: str, head: Head) -> Clock:
    """The clock of a branch that exists."""
    return clock_of(plan, name, _first_week((plan.branches[name].hours, plan.hours)), head)


def queue_clock(plan: Plan, queue: QueueHours, head: Head) -> Clock:
    """The clock of a queue the plan gives one."""
    branch = plan.branches.get(queue.branch)
    return clock_of(plan, queue.branch, _first_week((queue.hours, branch.hours if branch else None, plan.hours)), head)


def clock_of(plan: Plan, name: str, hours: Hours, head: Head) -> Clock:
    """The clock of `hours` at the branch `name`; empty: at the company."""
    branch = plan.branches.get(name)
    calendar = head.calendar.get(country_of(plan, name), {})
    if days := _own_days(plan, name):
        calendar = {**calendar, **{date.fromisoformat(day): kind for day, kind in days.items()}}
    week = hours.week if any(hours.week) else ALWAYS_OPEN.week
    zone = ZoneInfo((branch.timezone if branch else "") or plan.timezone)
    names = (name, "") if name else ("",)
    overrides = tuple(each for wanted in names for each in head.overrides if each.branch == wanted)
    return Clock(zone, week, calendar, hours.short_day_minutes, overrides)


def country_of(plan: Plan, name: str) -> str:
    """Whose calendar holds at the branch `name`; empty: at the company."""
    branch = plan.branches.get(name)
    return (branch.country if branch else "") or plan.country


def source_of(plan: Plan, name: str, clock: Clock, day: date) -> DaySource | None:
    """Whose word `clock`, of the branch `name`, takes for the day; None for a day like any other."""
    if clock.override(day) is not None:
        return DaySource.OVERRIDE
    if clock.on(day)[0] is None:
        return None
    return DaySource.PLAN if day.isoformat() in _own_days(plan, name) else DaySource.CALENDAR


def next_change(clock: Clock, now: float) -> datetime | None:
    """When the place opens or closes next, on its own clock; None where nothing changes within a month."""
    moment = clock.at(now)
    today = datetime.fromtimestamp(now, clock.zone).date()
    for ahead in range(32):
        day = today + timedelta(days=ahead)
        hours = clock.on(day)[1]
        for edge in sorted({0, *(edge for pair in hours for edge in pair if edge < MIDNIGHT)}):
            later = ahead > 0 or edge > moment.minute
            if later and any(opens <= edge < closes for opens, closes in hours) != moment.open:
                return datetime.combine(day, time(edge // 60, edge % 60), clock.zone)
    return None


def _own_days(plan: Plan, name: str) -> dict[str, DayKind]:
    """What the plan says of days at the branch; a day it moves for all is one of its own country."""
    branch = plan.branches.get(name)
    common = plan.days if country_of(plan, name) == plan.country else {}
    return {**common, **(branch.days if branch else {})}


def _first_week(hours: Iterable[Hours | None]) -> Hours:
    """The most particular hours that name any day."""
    return next((each for each in hours if each and any(each.week)), ALWAYS_OPEN)
