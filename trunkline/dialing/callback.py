"""What to do with a callback now: an ordered table over plain values. No I/O here.

The agent is called first, so that no client waits for one. Only a talk of some length reached the client: a shorter one
was his voicemail. Attempts in vain keep their place in the order; who gets through to us by himself is called no more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from trunkline.dialing.dial import Outcome
from trunkline.dialing.guard import Limits

MOST_MISSES = 20
"""An agent who is free and does not answer so often leaves the client to somebody else's eyes."""
AGAIN_SECONDS = 30
"""After an agent who did not answer, the next one."""


class CallbackState(StrEnum):
    """Where a callback stands."""

    WAITING = "waiting"
    DIALLING = "dialling"
    REACHED = "reached"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"


class Asked(NamedTuple):
    """A callback that is open."""

    state: CallbackState
    wanted_at: datetime
    next_at: datetime
    zone: ZoneInfo
    attempts: int = 0
    misses: int = 0
    got_through: bool = False
    """Somebody talked with the client since he asked, not by our dials for it."""


class Tried(NamedTuple):
    """The newest dial for it; `outcome` is empty while it goes on."""

    outcome: str
    talk_seconds: int = 0


class Step(NamedTuple):
    """What becomes of it: a state, and why; `agent` is to be dialled now; nothing at all is None."""

    state: CallbackState
    why: str = ""
    next_at: datetime | None = None
    agent: str = ""
    attempts: int = 0
    misses: int = 0


class Case(NamedTuple):
    """All that a row may ask."""

    asked: Asked
    tried: Tried | None
    now: datetime
    agents: Sequence[str]
    limits: Limits


def next_step(asked: Asked, tried: Tried | None, now: datetime, agents: Sequence[str], limits: Limits) -> Step | None:
    """What to do at `now`, with `agents` free, the one to take first; None: nothing yet."""
    case = Case(asked, tried, now, agents, limits)
    for row in _ROWS:
        done, step = row(case)
        if done:
            return step
    return None


def opening(moment: datetime, zone: ZoneInfo, opens: int, closes: int) -> datetime:
    """`moment` where a client may be called then, else when he may next."""
    local = moment.astimezone(zone)
    if opens <= local.hour < closes:
        return moment
    day = local if local.hour < opens else local + timedelta(days=1)
    return day.replace(hour=opens, minute=0, second=0, microsecond=0).astimezone(moment.tzinfo)


_Looked = tuple[bool, Step | None]
_NO: _Looked = (False, None)


def _on_its_way(case: Case) -> _Looked:
    """A call that goes on is not ours to cut."""
    return case.asked.state is CallbackState.DIALLING and case.tried is not None and case.tried.outcome == "", None


def _reached(case: Case) -> _Looked:
    tried = case.tried
    talked = tried is not None and tried.outcome == Outcome.ANSWERED and tried.talk_seconds >= _short(case)
    return case.asked.state is CallbackState.DIALLING and talked, Step(CallbackState.REACHED)


def _got_through(case: Case) -> _Looked:
    return case.asked.got_through, Step(CallbackState.CANCELLED, "got_through")


def _in_vain(case: Case) -> _Looked:
    """The client was called and not reached; of a call nobody knows the end of we take it that he was."""
    tried, asked = case.tried, case.asked
    if asked.state is not CallbackState.DIALLING or tried is None or tried.outcome not in _CLIENTS:
        return _NO
    attempts = asked.attempts + 1
    why = "short" if tried.outcome == Outcome.ANSWERED else "no_answer"
    if attempts >= case.limits.callback_attempts:
        return True, Step(CallbackState.GIVEN_UP, why, attempts=attempts, misses=asked.misses)
    again = case.now + timedelta(minutes=case.limits.callback_pause_minutes)
    return True, Step(CallbackState.WAITING, why, again, attempts=attempts, misses=asked.misses)


def _missed(case: Case) -> _Looked:
    """The agent's side failed: the client heard nothing of it."""
    asked = case.asked
    if asked.state is not CallbackState.DIALLING:
        return _NO
    misses = asked.misses + 1
    if misses >= MOST_MISSES:
        return True, Step(CallbackState.GIVEN_UP, "agents", attempts=asked.attempts, misses=misses)
    again = case.now + timedelta(seconds=AGAIN_SECONDS)
    return True, Step(CallbackState.WAITING, "agent", again, attempts=asked.attempts, misses=misses)


def _too_late(case: Case) -> _Looked:
    late = case.now > case.asked.wanted_at + timedelta(hours=case.limits.callback_keep_hours)
    return late, Step(CallbackState.GIVEN_UP, "too_late", attempts=case.asked.attempts, misses=case.asked.misses)


def _not_yet(case: Case) -> _Looked:
    return case.now < max(case.asked.next_at, case.asked.wanted_at), None


def _his_night(case: Case) -> _Looked:
    limits, asked = case.limits, case.asked
    opens = opening(case.now, asked.zone, limits.callback_opens, limits.callback_closes)
    step = Step(CallbackState.WAITING, "hours", opens, attempts=asked.attempts, misses=asked.misses)
    return opens > case.now, step


def _dial(case: Case) -> _Looked:
    asked = case.asked
    step = Step(CallbackState.DIALLING, attempts=asked.attempts, misses=asked.misses)
    return bool(case.agents), step._replace(agent=case.agents[0]) if case.agents else None


def _short(case: Case) -> int:
    return case.limits.callback_short_seconds


_CLIENTS = frozenset((Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.UNKNOWN))
_ROWS: tuple[Callable[[Case], _Looked], ...] = (
    _on_its_way,
    _reached,
    _got_through,
    _in_vain,
    _missed,
    _too_late,
    _not_yet,
    _his_night,
    _dial,
)
