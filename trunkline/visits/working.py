"""A person's free time: his own hours, else the company's of the routing plan; less what he is busy with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from trunkline.db.types import Connection
from trunkline.directory.intervals import Intervals, parse_interval
from trunkline.directory.values import DayKind
from trunkline.errors import InvalidInput, Mistake
from trunkline.missed.keep import days_between
from trunkline.missed.promise import Days, Rules, hours_on, moment_of
from trunkline.presence.state import Shift
from trunkline.presence.week import monday_of
from trunkline.visits.problem import Problem
from trunkline.visits.rules import SQL, VisitRules
from trunkline.visits.slots import Span, Wanted, free_slots
from trunkline.web.i18n import gettext as _

_USUAL: Final = ((9 * 60, 18 * 60),)
"""Of working days, where neither the person nor the plan has any hours."""
_SHIFTS: Final = msgspec.json.Decoder(list[Shift])
_WEEKS: Final = msgspec.json.Decoder(list[tuple[date, list[Shift]]])
_TAKEN: Final = msgspec.json.Decoder(list[Span])


class _Week(msgspec.Struct):
    mon: tuple[str, ...] = ()
    tue: tuple[str, ...] = ()
    wed: tuple[str, ...] = ()
    thu: tuple[str, ...] = ()
    fri: tuple[str, ...] = ()
    sat: tuple[str, ...] = ()
    sun: tuple[str, ...] = ()


class _Plan(msgspec.Struct):
    """What of the routing plan matters here; router/plan.py has the same defaults."""

    timezone: str = "Europe/Moscow"
    country: str = "RU"
    hours: _Week = msgspec.field(default_factory=_Week)
    days: dict[str, DayKind] = {}


class _Own(NamedTuple):
    """A person's own hours: of every week, and of single ones, where those alone hold."""

    hours: Sequence[Shift]
    weeks: Mapping[date, Sequence[Shift]]


class FreeTime(msgspec.Struct, frozen=True):
    """The free times of a person, and how far they can be believed."""

    person: UUID
    name: str
    minutes: int
    slots: list[Span]
    calendar_read_at: datetime | None
    """When his own calendar was last read; null: never, or he has given none."""
    calendar_problem: Problem | None
    has_calendar: bool


async def free_time(
    connection: Connection,
    person: UUID,
    rules: VisitRules,
    now: datetime,
    *,
    but: UUID | None = None,
    length: timedelta | None = None,
) -> FreeTime:
    """When `person` may be sent; `but` is a visit that is being moved. Raises InvalidInput for who left us."""
    length = length or timedelta(minutes=rules.minutes)
    # A visit may begin at a whole minute.
    earliest = (now.astimezone(UTC) + timedelta(minutes=rules.notice_minutes)).replace(second=0, microsecond=0)
    within = Span(earliest, now.astimezone(UTC) + timedelta(days=rules.days))
    row = await connection.fetchrow(SQL["time_of"], person, within.starts, within.ends, but)
    if row is None or not row["active"]:
        raise InvalidInput(Mistake("person", _("must be somebody who works here")))
    own = _Own(_SHIFTS.decode(row["hours"]), dict(_WEEKS.decode(row["weeks"])))
    work = await _work(connection, _plan(row["plan"]), own, within)
    wanted = Wanted(length, timedelta(minutes=rules.step_minutes), within)
    return FreeTime(
        person=person,
        name=row["name"],
        minutes=int(length.total_seconds() // 60),
        slots=free_slots(work, _TAKEN.decode(row["taken"]), wanted),
        calendar_read_at=row["good_at"],
        calendar_problem=Problem(row["problem"]) if row["problem"] else None,
        has_calendar=row["has_feed"],
    )


async def zone_of_plan(connection: Connection) -> ZoneInfo:
    """The company's zone: that of the plan in force."""
    return _zone(_plan(await connection.fetchval("select body::text from plans order by version desc limit 1")))


async def _work(connection: Connection, plan: _Plan, own: _Own, within: Span) -> list[Span]:
    zone, usual = _zone(plan), _week(plan, own.hours)
    weeks = {monday: _week(plan, shifts) if shifts else () for monday, shifts in own.weeks.items()}
    rules = Rules(country=plan.country, zone=zone)
    days = await days_between(connection, rules, within.starts, within.ends)
    calendar = dict(days.calendar) | {datetime.fromisoformat(day).date(): kind for day, kind in plan.days.items()}
    first, last = within.starts.astimezone(zone).date(), within.ends.astimezone(zone).date()
    # Hours of his own also say on which days he works at all: a short or moved day makes him work on no other.
    all_days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        Span(moment_of(day, opens, zone), moment_of(day, closes, zone))
        for day in all_days
        if (week := weeks.get(monday_of(day), usual))
        if week[day.weekday()] or (week is usual and not own.hours)
        for opens, closes in hours_on(day, week, Days(calendar, days.overrides))
    ]


def _week(plan: _Plan, shifts: Sequence[Shift]) -> tuple[Intervals, ...]:
    if shifts:
        return tuple(tuple((one.opens, one.closes) for one in shifts if one.weekday == place) for place in range(7))
    texts = msgspec.structs.astuple(plan.hours)
    week = tuple(tuple(parse_interval(text) for text in intervals) for intervals in texts)
    return week if any(week) else (_USUAL,) * 5 + ((),) * 2


def _plan(body: Any) -> _Plan:
    try:
        return msgspec.json.decode(body, type=_Plan) if body else _Plan()
    except msgspec.DecodeError:
        return _Plan()


def _zone(plan: _Plan) -> ZoneInfo:
    try:
        return ZoneInfo(plan.timezone)
    except (ValueError, KeyError, OSError):
        return ZoneInfo(_Plan().timezone)
