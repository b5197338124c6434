"""One person's presence: what he, his telephone and the clock say, as an ordered table. No I/O here.

A telephone whose state is unknown speaks against nobody; what the person himself said still counts then.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from trunkline.pbx.devices import ENGAGED, OUT_OF_REACH, DeviceState


class ManualState(StrEnum):
    """What a person says of himself."""

    ONLINE = "online"
    BREAK = "break"
    OFFLINE = "offline"


class State(StrEnum):
    """What he is."""

    ONLINE = "online"
    BREAK = "break"
    OFFLINE = "offline"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap-up"


AWAY = frozenset((State.BREAK, State.OFFLINE))
"""He cannot be rung, whatever the plan says of engaged telephones."""


class Manual(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """His own word; times are Unix seconds. It ends by itself at `return_at` (0: only when he says so)."""

    state: ManualState = ManualState.ONLINE
    reason: str = ""
    return_at: float = 0.0


class Absence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Away from `since` to `until`; `deputy` stands in for him then, before any deputy of a contact."""

    since: float
    until: float
    deputy: UUID | None = None


class Shift(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Hours of a weekday (0 is Monday) in minutes since midnight, in the company's zone."""

    weekday: int
    opens: int
    closes: int


class Timers(NamedTuple):
    """What the clock adds."""

    wrap_up_until: float = 0.0


class Instant(NamedTuple):
    """A moment, and where it lies in the company's week."""

    at: float
    weekday: int = 0
    minute: int = 0
    day: int = 0
    """`date.toordinal()` of the date there."""


class Presence(NamedTuple):
    """The state, the row of the table that gave it, and until when it holds as far as that is known (0: it is not)."""

    state: State
    why: str = "online"
    until: float = 0.0


class _Case(NamedTuple):
    manual: Manual
    absence: Absence | None
    now: Instant

    @property
    def word_holds(self) -> bool:
        """His word has an end that has not come, or none."""
        return not self.manual.return_at or self.now.at < self.manual.return_at


class _Row(NamedTuple):
    why: str
    state: State
    holds: Callable[[_Case], bool]
    until: Callable[[_Case], float] = lambda _: 0.0


_WORD = (
    _Row("absent", State.OFFLINE, lambda c: c.absence is not None, lambda c: c.absence.until if c.absence else 0.0),
    _Row(
        "offline",
        State.OFFLINE,
        lambda c: c.manual.state is ManualState.OFFLINE and c.word_holds,
        lambda c: c.manual.return_at,
    ),
    _Row(
        "break",
        State.BREAK,
        lambda c: c.manual.state is ManualState.BREAK and c.word_holds,
        lambda c: c.manual.return_at,
    ),
)
"""What he said, in this order; below it come his hours."""

_TELEPHONE = (
    {state: Presence(State.TALKING, "talking") for state in ENGAGED}
    | {state: Presence(State.OFFLINE, "out_of_reach") for state in OUT_OF_REACH}
    | {DeviceState.RINGING: Presence(State.RINGING, "ringing")}
)
"""What a telephone tells by itself, below all of them; other states tell nothing."""
_OFF_DUTY = Presence(State.OFFLINE, "hours")
_ONLINE = Presence(State.ONLINE)


def absence_at(absences: Sequence[Absence], at: float) -> Absence | None:
    """The absence that covers this moment."""
    return next((absence for absence in absences if absence.since <= at < absence.until), None)


def instant_of(local: datetime) -> Instant:
    """The moment, told in the company's zone."""
    return Instant(local.timestamp(), local.weekday(), local.hour * 60 + local.minute, local.toordinal())


def hours_in(usual: Sequence[Shift], weeks: Mapping[int, Sequence[Shift]], now: Instant) -> Sequence[Shift] | None:
    """The hours of somebody's own that hold in this week (`weeks` by their Monday's ordinal); None: the company's."""
    if weeks and (week := weeks.get(now.day - now.weekday)) is not None:
        return week
    return usual or None


def is_off_duty(hours: Sequence[Shift], now: Instant) -> bool:
    """Whether this is none of somebody's own `hours`."""
    _, weekday, minute, _ = now
    for shift in hours:  # noqa: SIM110 - a generator costs as much as the rest
        if shift.weekday == weekday and shift.opens <= minute < shift.closes:
            return False
    return True


def said(manual: Manual, absence: Absence | None, hours: Sequence[Shift] | None, now: Instant) -> Presence | None:
    """What he and his hours (None: the company's) say at `now`; None when they leave it to his telephone."""
    if absence is not None or manual.state is not ManualState.ONLINE:
        case = _Case(manual, absence, now)
        for row in _WORD:
            if row.holds(case):
                return Presence(row.state, row.why, row.until(case))
    return _OFF_DUTY if hours is not None and is_off_duty(hours, now) else None


def heard(device: DeviceState, wrap_up_until: float, at: float) -> Presence:
    """What his telephone tells at `at` (Unix seconds), then the timers."""
    if (told := _TELEPHONE.get(device)) is not None:
        return told
    return Presence(State.WRAP_UP, "wrap_up", wrap_up_until) if at < wrap_up_until else _ONLINE


def combine(
    manual: Manual,
    absence: Absence | None,
    hours: Sequence[Shift] | None,
    device: DeviceState,
    timers: Timers,
    now: Instant,
) -> Presence:
    """The presence at `now`; `absence` is the one that covers it. His word first, then telephone, then timers."""
    return said(manual, absence, hours, now) or heard(device, timers.wrap_up_until, now.at)
