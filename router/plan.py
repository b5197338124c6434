"""The routing plan as a company writes it: the shape of its JSON or TOML, and every mistake in it at once. No I/O here.

docs/routing.md explains each field; config/plan.example.toml is a plan of a small company.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from router.reading import read_whole
from router.target import parse_target
from trunkline.calls.phone import NamedKind, parse
from trunkline.directory.intervals import parse_interval
from trunkline.directory.values import ContactClass, DayKind
from trunkline.errors import InvalidInput, Mistake
from trunkline.pbx.port import Action
from trunkline.web.i18n import gettext as _

CHALLENGE = "challenge"
_LAST_RESORTS = frozenset(("default", "voicemail", "failed", "action", "anonymous"))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COUNTRIES = ("RU", "KZ")
"""Whose production calendars are known (trunkline/directory/calendar.py)."""
_BRANCH = re.compile(r"[a-z0-9_-]{1,40}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours of each weekday (`["09:00-13:00", "14:00-18:00"]`), and where calls outside them go."""

    mon: tuple[str, ...] = ()
    tue: tuple[str, ...] = ()
    wed: tuple[str, ...] = ()
    thu: tuple[str, ...] = ()
    fri: tuple[str, ...] = ()
    sat: tuple[str, ...] = ()
    sun: tuple[str, ...] = ()
    short_day_minutes: int = 60
    closed: str = ""

    @property
    def week(self) -> tuple[tuple[str, ...], ...]:
        """The weekdays from Monday on."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Where calls go on a day the production calendar calls off."""

    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """Callers of one class who owe `threshold` roubles or more go to `target`."""

    threshold: int
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spam:
    """What a number of the spam list meets: `challenge`, or a target such as `voicemail:spam` or `reject`.

    `failed` is where a caller goes who pressed nothing; empty: the voicemail, or a farewell where there is none.
    """

    action: str = CHALLENGE
    sound: str = "vm-press"
    failed: str = ""
    anonymous: str = ""
    score: int = 4
    repeat_minutes: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """Whose responsible agent rings first, and for how long; then the deputy; else whom the caller last talked with."""

    classes: tuple[ContactClass, ...] = ()
    ring_seconds: int = 20
    deputy: bool = True
    skip_engaged: bool = True
    last_talk_days: int = 0
    wrap_up_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """How long a caller waits in a queue, or how many may wait there before him, and where he goes then."""

    wait_seconds: int = 60
    target: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is different for calls to one line; an empty field keeps what the plan says for all."""

    target: str = ""
    default: str = ""
    voicemail: str = ""
    classes: Mapping[ContactClass, str] = field(default_factory=dict)
    hours: Hours | None = None
    holiday: Holiday | None = None
    overflow: Overflow | None = None
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A place of the company with a clock of its own; what it leaves empty is as the plan says for all."""

    name: str = ""
    timezone: str = ""
    country: str = ""
    hours: Hours | None = None
    holiday: Holiday | None = None
    days: Mapping[str, DayKind] = field(default_factory=dict)
    """Days (`2026-03-20`) that differ here from the calendar of the country, and from `days` of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueHours:
    """When a queue works, and where its callers go else; what it leaves empty is its branch's, then the plan's."""

    branch: str = ""
    hours: Hours | None = None
    holiday: Holiday | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole plan."""

    timezone: str = "Europe/Moscow"
    country: str = "RU"
    default: str = ""
    voicemail: str = ""
    vip_priority: int = 10
    classes: Mapping[ContactClass, str] = field(default_factory=dict)
    hours: Hours = Hours()
    holiday: Holiday = Holiday()
    debtors: Mapping[ContactClass, Debtor] = field(default_factory=dict)
    spam: Spam = Spam()
    responsible: Responsible = Responsible()
    overflow: Overflow = Overflow()
    lines: Mapping[str, Line] = field(default_factory=dict)
    days: Mapping[str, DayKind] = field(default_factory=dict)
    """Days that differ from the calendar of the country."""
    branches: Mapping[str, Branch] = field(default_factory=dict)
    queues: Mapping[str, QueueHours] = field(default_factory=dict)


def read_plan(body: object, *, queues: Collection[str] | None = None) -> Plan:
    """The plan in `body` (decoded JSON or TOML); raises InvalidInput with every mistake.

    `queues` are the names of the queues that exist; without it a queue's name is not checked.
    """
    mistakes: list[Mistake] = []
    plan = read_whole(body, Plan, "", mistakes)
    if plan is not None:
        mistakes += _mistakes(plan, queues)
    if mistakes or plan is None:
        raise InvalidInput(*mistakes)
    return plan


def targets_of(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every place a target is written: its path and its text, empty ones too."""
    yield from (("default", plan.default), ("voicemail", plan.voicemail), ("spam.failed", plan.spam.failed))
    for path, text in (("spam.action", plan.spam.action), ("spam.anonymous", plan.spam.anonymous)):
        yield path, "" if text == CHALLENGE else text
    yield from ((f"debtors.{name.value}.target", debtor.target) for name, debtor in plan.debtors.items())
    yield from _shared_targets("", plan.classes, plan.hours, plan.holiday, plan.overflow)
    for number, line in plan.lines.items():
        prefix = f"lines.{number}."
        yield from ((f"{prefix}{name}", getattr(line, name)) for name in ("target", "default", "voicemail"))
        yield from _shared_targets(prefix, line.classes, line.hours, line.holiday, line.overflow)
    for kind, place in (*_with_prefix("branches", plan.branches), *_with_prefix("queues", plan.queues)):
        yield from _shared_targets(kind, {}, place.hours, place.holiday, None)


def _with_prefix(kind: str, places: Mapping[str, Branch | QueueHours]) -> list[tuple[str, Branch | QueueHours]]:
    return [(f"{kind}.{name}.", place) for name, place in places.items()]


def _shared_targets(
    prefix: str,
    classes: Mapping[ContactClass, str],
    hours: Hours | None,
    holiday: Holiday | None,
    overflow: Overflow | None,
) -> Iterator[tuple[str, str]]:
    yield from ((f"{prefix}classes.{name.value}", text) for name, text in classes.items())
    yield f"{prefix}hours.closed", hours.closed if hours else ""
    yield f"{prefix}holiday.target", holiday.target if holiday else ""
    yield f"{prefix}overflow.target", overflow.target if overflow else ""


def _mistakes(plan: Plan, queues: Collection[str] | None) -> Iterator[Mistake]:
    for path, text in targets_of(plan):
        yield from _target_mistakes(path, text, queues)
    for path, hours in _all_hours(plan):
        yield from _hours_mistakes(path, hours)
    for number in plan.lines:
        if parse(number) != number:
            yield Mistake(f"lines.{number}", _("must be %(number)s") % {"number": _e164_hint(number)})
    for path, value, low, high in _numbers(plan):
        if not low <= value <= high:
            told = _("must be from %(low)s to %(high)s; it is %(value)s")
            yield Mistake(path, told % {"low": low, "high": high, "value": value})
    yield from _clock_mistakes(plan)
    yield from _name_mistakes(plan, queues)


def _clock_mistakes(plan: Plan) -> Iterator[Mistake]:
    """Zones, countries and days that are none."""
    clocks: list[tuple[str, Plan | Branch]] = [("", plan)]
    clocks += [(f"branches.{name}.", branch) for name, branch in plan.branches.items()]
    for prefix, clock in clocks:
        own = clock is plan
        if (own or clock.timezone) and not _is_zone(clock.timezone):
            told = _("%(zone)r is no time zone; write e.g. Europe/Moscow") % {"zone": clock.timezone}
            yield Mistake(f"{prefix}timezone", told)
        if (own or clock.country) and clock.country not in COUNTRIES:
            told = _("must be one of %(countries)s") % {"countries": ", ".join(COUNTRIES)}
            yield Mistake(f"{prefix}country", told)
        for day in clock.days:
            if not _is_day(day):
                yield Mistake(f"{prefix}days.{day}", _("must be a day such as 2026-03-20"))


def _name_mistakes(plan: Plan, queues: Collection[str] | None) -> Iterator[Mistake]:
    """Branches and queues that are named and do not exist."""
    for name in plan.branches:
        if not _BRANCH(name):
            yield Mistake(f"branches.{name}", _("must be a short name of a-z, 0-9, _ and -"))
    named = [(f"lines.{number}.branch", line.branch) for number, line in plan.lines.items()]
    named += [(f"queues.{name}.branch", queue.branch) for name, queue in plan.queues.items()]
    for path, name in named:
        if name and name not in plan.branches:
            yield Mistake(path, _("there is no branch %(name)r; there are %(names)s") % _there_are(name, plan.branches))
    for name in plan.queues:
        if queues is not None and name not in queues:
            yield Mistake(
                f"queues.{name}", _("there is no queue %(name)r; there are %(names)s") % _there_are(name, queues)
            )


def _there_are(name: str, names: Collection[str]) -> dict[str, str]:
    return {"name": name, "names": ", ".join(sorted(names)) or _("none")}


def _target_mistakes(path: str, text: str, queues: Collection[str] | None) -> Iterator[Mistake]:
    if not text:
        if path.startswith("debtors."):
            yield Mistake(path, _("must name a target"))
        return
    try:
        target = parse_target(text)
    except ValueError as error:
        yield Mistake(path, str(error))
        return
    name = target.value if target.action is Action.QUEUE else target.team
    if queues is not None and name and name not in queues:
        yield Mistake(path, _("there is no queue %(name)r; there are %(names)s") % _there_are(name, queues))
    if target.team and path.rpartition(".")[2] in _LAST_RESORTS:
        yield Mistake(
            path, f"{text!r} may ring nobody, so it can be no last place; write queue:{target.team} or another"
        )


def _hours_mistakes(path: str, hours: Hours) -> Iterator[Mistake]:
    for day, intervals in zip(DAYS, hours.week, strict=True):
        end = -1
        for index, text in enumerate(intervals):
            try:
                opens, closes = parse_interval(text)
            except ValueError as error:
                yield Mistake(f"{path}.{day}[{index}]", str(error))
                continue
            if opens < end:
                told = _("%(text)s begins before the interval in front of it ends") % {"text": text}
                yield Mistake(f"{path}.{day}[{index}]", told)
            end = closes


def _all_hours(plan: Plan) -> Iterator[tuple[str, Hours]]:
    yield "hours", plan.hours
    yield from ((f"lines.{number}.hours", line.hours) for number, line in plan.lines.items() if line.hours)
    for prefix, place in (*_with_prefix("branches", plan.branches), *_with_prefix("queues", plan.queues)):
        if place.hours:
            yield f"{prefix}hours", place.hours


def _numbers(plan: Plan) -> Iterator[tuple[str, int, int, int]]:
    yield "vip_priority", plan.vip_priority, 0, 100
    yield "spam.score", plan.spam.score, 1, 255
    yield "spam.repeat_minutes", plan.spam.repeat_minutes, 0, 120
    yield "responsible.ring_seconds", plan.responsible.ring_seconds, 5, 120
    yield "responsible.last_talk_days", plan.responsible.last_talk_days, 0, 365
    yield "responsible.wrap_up_seconds", plan.responsible.wrap_up_seconds, 0, 600
    yield "overflow.wait_seconds", plan.overflow.wait_seconds, 5, 3600
    yield "overflow.length", plan.overflow.length, 0, 1000
    for path, hours in _all_hours(plan):
        yield f"{path}.short_day_minutes", hours.short_day_minutes, 0, 480
    for number, line in plan.lines.items():
        if line.overflow:
            yield f"lines.{number}.overflow.wait_seconds", line.overflow.wait_seconds, 5, 3600
            yield f"lines.{number}.overflow.length", line.overflow.length, 0, 1000
    for name, debtor in plan.debtors.items():
        yield f"debtors.{name.value}.threshold", debtor.threshold, 1, 10**12


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a bad name, a folder of zones, ZoneInfoNotFoundError
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _e164_hint(number: str) -> str:
    known = parse(number)
    if isinstance(known, NamedKind):
        return _("a number such as +74951234567")
    return _("written %(number)s") % {"number": known}
