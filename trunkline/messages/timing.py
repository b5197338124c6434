"""When a message may be said: gathered till its hour, held outside of working hours. No I/O here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from trunkline.directory.intervals import MIDNIGHT, Intervals
from trunkline.messages.rule import Digest
from trunkline.missed.promise import LOOKAHEAD, Days, Rules, hours_on, moment_of

_WHOLE_DAY: Intervals = ((0, MIDNIGHT),)
OwnHours = Callable[[date], Intervals | None]
"""Somebody's own hours of a day; None: he has none of his own."""


def no_own_hours(_day: date) -> Intervals | None:
    """Of who goes by the company's."""
    return None


@dataclass(frozen=True, slots=True)
class Working:
    """The company's working time; no week: round the clock, but for days off. `told`: what quiet hours leave."""

    rules: Rules
    days: Days
    told: Intervals = _WHOLE_DAY

    def on(self, day: date) -> Intervals:
        """The hours of a day. Quiet ones are taken off last: a day that was said to be open has them too."""
        week = self.rules.week if any(self.rules.week) else (_WHOLE_DAY,) * 7
        return both(hours_on(day, week, self.days), self.told)


class Plan(NamedTuple):
    """What a message waits for."""

    digest: Digest
    at_minute: int
    working: bool


class Turn(NamedTuple):
    """`at` is not before now; `why` it is not at once: `digest`, `hours`, nothing."""

    at: datetime
    why: str


def turn(plan: Plan, not_before: datetime, working: Working, own: OwnHours, now: datetime) -> Turn:
    """When it may be said, as things stand now."""
    slot = slot_of(plan, not_before, working)
    why = "digest" if slot > now and plan.digest is not Digest.NOW else ""
    at = max(slot, now)
    if plan.working:
        opens = next_open(at, working, own)
        if opens > at:
            return Turn(opens, "hours")
    return Turn(at, why)


def slot_of(plan: Plan, not_before: datetime, working: Working) -> datetime:
    """The first moment a message of that age is gathered at."""
    zone = working.rules.zone
    match plan.digest:
        case Digest.NOW:
            return not_before
        case Digest.HOURLY:
            whole = not_before.replace(minute=0, second=0, microsecond=0)
            return whole if whole == not_before else whole + timedelta(hours=1)
        case Digest.DAILY:
            here = not_before.astimezone(zone).date()
            moments = (
                moment_of(here + timedelta(days=ahead), plan.at_minute, zone).astimezone(not_before.tzinfo)
                for ahead in range(3)
            )
            return next(moment for moment in moments if moment >= not_before)


def next_open(at: datetime, working: Working, own: OwnHours) -> datetime:
    """The first moment from `at` on within the company's hours and his own; within the company's if those never meet.

    Where the company has none either it is LOOKAHEAD from `at`: nobody is told because nothing opens.
    """
    found = _first_open(at, working, own)
    if found is None:
        found = _first_open(at, working, no_own_hours)
    return at + LOOKAHEAD if found is None else found


def _first_open(at: datetime, working: Working, own: OwnHours) -> datetime | None:
    zone = working.rules.zone
    today = at.astimezone(zone).date()
    for ahead in range(LOOKAHEAD.days):
        day = today + timedelta(days=ahead)
        hours = working.on(day)
        mine = own(day)
        for opens, closes in hours if mine is None else both(hours, mine):
            begins, ends = (moment_of(day, minute, zone).astimezone(at.tzinfo) for minute in (opens, closes))
            if at < ends:
                return max(at, begins)
    return None


def both(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> Intervals:
    """What lies in both."""
    found = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return tuple(sorted(pair for pair in found if pair[0] < pair[1]))
