"""What may be said of somebody's presence, checked whole: every mistake with its field. No I/O here."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

import msgspec

from trunkline.errors import InvalidInput, Mistake
from trunkline.presence.state import ManualState, Shift
from trunkline.web.i18n import gettext as _

LONGEST_REASON = 100
FARTHEST_WEEK = timedelta(days=371)
_MOST = 100
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00").fullmatch


class AbsenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Away from `since` to `until`; `deputy` stands in."""

    since: datetime
    until: datetime
    deputy: UUID | None = None


class ShiftBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of one weekday, 0 is Monday, `HH:MM` in the company's zone."""

    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)]
    opens: str
    closes: str


class WeekBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The week from `monday` on: its own hours, none for a free week; null: like any other week again."""

    monday: date
    hours: Annotated[list[ShiftBody], msgspec.Meta(max_length=_MOST)] | None


class PresenceChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; parts left out stay, `absences` and `hours` are replaced whole, `weeks` one by one."""

    person: UUID | None = None
    state: ManualState | msgspec.UnsetType = msgspec.UNSET
    reason: str = ""
    return_at: datetime | None = None
    absences: Annotated[list[AbsenceBody], msgspec.Meta(max_length=_MOST)] | msgspec.UnsetType = msgspec.UNSET
    hours: Annotated[list[ShiftBody], msgspec.Meta(max_length=_MOST)] | msgspec.UnsetType = msgspec.UNSET
    weeks: Annotated[list[WeekBody], msgspec.Meta(max_length=_MOST)] | msgspec.UnsetType = msgspec.UNSET


def checked(change: PresenceChange, now: datetime) -> PresenceChange:
    """`change` as it may be stored; raises InvalidInput with every mistake."""
    mistakes = [*_about_state(change, now), *_about_absences(change)]
    mistakes += _about_hours(change.hours or (), "hours")
    mistakes += _about_weeks(change, now)
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(change, reason=" ".join(change.reason.split()))


def shifts_of(hours: Sequence[ShiftBody]) -> tuple[Shift, ...]:
    """Checked hours as minutes."""
    return tuple(sorted((Shift(one.weekday, minutes(one.opens), minutes(one.closes)) for one in hours), key=_begin))


def minutes(text: str) -> int:
    """`09:30` in minutes since midnight, -1 for what is no time."""
    return int(text[:2]) * 60 + int(text[3:]) if _TIME(text) else -1


def clock(minute: int) -> str:
    """Minutes since midnight as `09:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def shown(change: PresenceChange) -> dict[str, Any]:
    """What of it is said, for the audit log."""
    plain: dict[str, Any] = msgspec.to_builtins(change)
    plain.pop("person", None)
    if change.state is msgspec.UNSET:
        del plain["reason"], plain["return_at"]
    return plain


def _begin(shift: Shift) -> tuple[int, int]:
    return shift.weekday, shift.opens


def _about_state(change: PresenceChange, now: datetime) -> Iterator[Mistake]:
    if len(change.reason) > LONGEST_REASON:
        yield Mistake("reason", _("at most %(number)s characters") % {"number": LONGEST_REASON})
    elif not change.reason.isprintable():
        yield Mistake("reason", _("must be plain text"))
    if change.return_at is not None:
        if change.state not in {ManualState.BREAK, ManualState.OFFLINE}:
            yield Mistake("return_at", _("goes with a break or offline only"))
        elif change.return_at.tzinfo is None:
            yield Mistake("return_at", _("must name its zone, e.g. 2026-08-06T14:00:00+03:00"))
        elif change.return_at <= now:
            yield Mistake("return_at", _("must lie ahead"))


def _about_absences(change: PresenceChange) -> Iterator[Mistake]:
    for place, absence in enumerate(change.absences or ()):
        if absence.since.tzinfo is None or absence.until.tzinfo is None:
            yield Mistake(f"absences[{place}]", _("must name its zone, e.g. 2026-08-06T14:00:00+03:00"))
        elif absence.until <= absence.since:
            yield Mistake(f"absences[{place}].until", _("must be later than the beginning"))


def _about_hours(hours: Sequence[ShiftBody], path: str) -> Iterator[Mistake]:
    wrong = False
    for place, one in enumerate(hours):
        if not 0 <= minutes(one.opens) < minutes(one.closes):
            wrong = True
            yield Mistake(f"{path}[{place}]", _("must be hours of one day such as 09:00 and 18:00"))
    if not wrong:
        for before, after in pairwise(shifts_of(hours)):
            if before.weekday == after.weekday and after.opens < before.closes:
                yield Mistake(path, _("hours of one day must not overlap"))
                return


def _about_weeks(change: PresenceChange, now: datetime) -> Iterator[Mistake]:
    for place, week in enumerate(change.weeks or ()):
        path = f"weeks[{place}]"
        if week.monday.weekday() != 0:
            monday = week.monday - timedelta(days=week.monday.weekday())
            yield Mistake(f"{path}.monday", _("must be a Monday such as %(day)s") % {"day": monday.isoformat()})
        elif abs(week.monday - now.date()) > FARTHEST_WEEK:
            yield Mistake(f"{path}.monday", _("must lie within a year from now"))
        else:
            yield from _about_hours(week.hours or (), f"{path}.hours")
