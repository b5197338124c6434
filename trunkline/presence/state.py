"""One person's presence: what he, his telephone and the clock say, as an ordered table. No I/O here.

A telephone whose state is unknown speaks against nobody; what the person himself said still counts then.
"""

from collections.abc import Callable, Sequence
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


class Presence(NamedTuple):
    """The state, the row of the table that gave it, and until when it holds as far as that is known (0: it is not)."""

    state: State
    why: str = "online"
    until: float = 0.0


class _Case(NamedTuple):
    manual: Manual
    absence: Absence | None
    hours: Sequence[Shift]
    device: DeviceState
    timers: Timers
    now: Instant

    @property
    def word_holds(self) -> bool:
        """His word has an end that has not come, or none."""
        return not self.manual.return_at or self.now.at < self.manual.return_at

    @property
    def is_off_duty(self) -> bool:
        """He has hours of his own, and this is none of them."""
        weekday, minute = self.now.weekday, self.now.minute
        return bool(self.hours) and not any(
            shift.weekday == weekday and shift.opens <= minute < shift.closes for shift in self.hours
        )


class _Row(NamedTuple):
    why: str
    state: State
    holds: Callable[[_Case], bool]
    until: Callable[[_Case], float] = lambda _: 0.0


_TABLE = (
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
    _Row("hours", State.OFFLINE, lambda c: c.is_off_duty),
    _Row("out_of_reach", State.OFFLINE, lambda c: c.device in OUT_OF_REACH),
    _Row("ringing", State.RINGING, lambda c: c.device is DeviceState.RINGING),
    _Row("talking", State.TALKING, lambda c: c.device in ENGAGED),
    _Row("wrap_up", State.WRAP_UP, lambda c: c.now.at < c.timers.wrap_up_until, lambda c: c.timers.wrap_up_until),
    _Row("online", State.ONLINE, lambda _: True),
)
WHYS = tuple(row.why for row in _TABLE)


def absence_at(absences: Sequence[Absence], at: float) -> Absence | None:
    """The absence that covers this moment."""
    return next((absence for absence in absences if absence.since <= at < absence.until), None)


def combine(
    manual: Manual,
    absence: Absence | None,
    hours: Sequence[Shift],
    device: DeviceState,
    timers: Timers,
    now: Instant,
) -> Presence:
    """The presence at `now`; `absence` is the one that covers it. The first row that holds is the answer."""
    case = _Case(manual, absence, hours, device, timers, now)
    row = next(row for row in _TABLE if row.holds(case))
    return Presence(row.state, row.why, row.until(case))
