"""What a call is, in one row: who called whom, who answered, for how long, and how it ended. No I/O here.

Answered wins for ever: once two people have talked, nothing that is heard later makes the call a missed one.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

import msgspec

from trunkline.calls.call import Call
from trunkline.calls.leg import Leg
from trunkline.calls.missed import WhyMissed, why_missed
from trunkline.calls.outcome import Direction, HungUpBy, Outcome
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.talks import Talk, seconds_of, talks_of
from trunkline.ids import call_uuid, carries_time, time_of
from trunkline.pbx.notice import NoticeState

NO_PHONE = "s"
"""What Asterisk calls the extension when nothing was dialled."""


class Summary(msgspec.Struct, frozen=True):
    """The facts of one call; times in µs, durations in seconds.

    `caller` is as the PBX gave it, `client` the outside party in E.164 (empty when hidden or internal), `dialled` what
    the caller dialled: our line for an incoming call. Parties inside are named by extension, outside by number.
    `wait` and `talk` are told once they are known: when somebody answered, when it is over.
    """

    direction: Direction
    caller_leg: str
    caller: str
    caller_name: str
    client: str
    dialled: str
    started_at: int
    answered_at: int | None
    ended_at: int | None
    outcome: Outcome
    missed_why: WhyMissed | None
    answered_by: str
    hung_up_by: HungUpBy | None
    agents: tuple[str, ...]
    rang: tuple[str, ...]
    queues: tuple[str, ...]
    wait: float
    talk: float
    talks: tuple[Talk, ...]
    is_partial: bool
    has_gap: bool
    notice_version: int | None = None
    """Of the notice that was to be played."""
    notice_state: NoticeState | None = None


def summary_of(call: Call) -> Summary:
    """The summary of `call`, which has at least one step."""
    return _Reading(call).summary


class _Reading:
    """The questions asked of one call, each answered once."""

    def __init__(self, call: Call) -> None:
        self.call: Final = call
        self.end: Final = _end_of(call)

    @cached_property
    def summary(self) -> Summary:
        call, answered = self.call, self.answered
        over = call.is_over
        caller = self.caller
        return Summary(
            direction=self.direction,
            caller_leg=caller.id,
            caller=spelled(caller.number) or caller.extension,
            caller_name=caller.name,
            client=self.client,
            dialled=spelled(self.dialled) or (self.client if self.direction is Direction.OUT else ""),
            started_at=self.started_at,
            answered_at=answered.since if answered else None,
            ended_at=self.end if over else None,
            outcome=self.outcome,
            missed_why=why_missed(call, caller, self.rung) if self.outcome is Outcome.MISSED else None,
            answered_by=party_of(self.answerer) if self.answerer else "",
            hung_up_by=self.hung_up_by if over and not call.merge else None,
            agents=self.agents,
            rang=_unique(party_of(leg) for leg in self.rung),
            queues=_unique(visit.queue for visit in call.queues),
            wait=self.wait,
            talk=seconds_of(self.talks) if over else 0.0,
            talks=self.talks,
            is_partial=call.is_partial,
            has_gap=any(not gap.filled for gap in call.gaps),
            notice_version=call.notice.version if call.notice else None,
            notice_state=call.notice.state if call.notice else None,
        )

    @cached_property
    def caller(self) -> Leg:
        """The leg the call began with; where that is a machine, or was not heard, the first of a person."""
        first = self.call.legs.get(self.call.linkedid)
        if first is not None and not first.is_machine:
            return first
        people = [leg for leg in self.call.legs.values() if not leg.is_machine]
        undialed = [leg for leg in people if not leg.dialed]
        fallback = first or Leg(self.call.linkedid, "", self.call.since)
        return min(undialed or people, key=lambda leg: (leg.seen_at, leg.id), default=fallback)

    @cached_property
    def started_at(self) -> int:
        """When it was first heard of; of a call found in mid-talk its key often knows better."""
        if self.call.is_partial and carries_time(self.call.linkedid):
            began = time_of(call_uuid(self.call.pbx, self.call.linkedid, 0.0))
            return min(int(began * 1e6), self.call.since)
        return self.call.since

    @cached_property
    def wait(self) -> float:
        """Until somebody answered, or until it was over; 0 while that is to come, and when it was not heard."""
        if self.call.is_partial or not (self.answered or self.call.is_over):
            return 0.0
        return ((self.answered.since if self.answered else self.end) - self.started_at) / 1e6

    @cached_property
    def others(self) -> list[Leg]:
        return [leg for leg in self.call.legs.values() if not leg.is_machine and leg.id != self.caller.id]

    @cached_property
    def rung(self) -> list[Leg]:
        """Legs of people the PBX tried to reach; one it made itself has dialled nothing."""
        pickers = {pickup.by for pickup in self.call.pickups}
        return [leg for leg in self.others if leg.id not in pickers and _was_rung(leg)]

    @cached_property
    def talks(self) -> tuple[Talk, ...]:
        return talks_of(self.call.legs, self.end)

    @cached_property
    def answered(self) -> Talk | None:
        """The first talk, of the caller where he had one."""
        own = (talk for talk in self.talks if self.caller.id in talk.legs)
        return next(own, None) or (self.talks[0] if self.talks else None)

    @cached_property
    def answerer(self) -> Leg | None:
        if self.answered is None:
            return None
        met = [self.call.legs[leg] for leg in self.answered.legs if leg != self.caller.id]
        return min(met, key=lambda leg: (leg.presences[0].since, leg.id))

    @cached_property
    def outcome(self) -> Outcome:
        if self.talks:
            return Outcome.ANSWERED
        if not self.call.is_over:
            return Outcome.RINGING
        return Outcome.MERGED if self.call.merge else Outcome.MISSED

    @cached_property
    def dialled(self) -> str:
        exten = self.caller.exten
        return "" if exten == NO_PHONE else exten

    @cached_property
    def outside(self) -> Leg | None:
        """The first other party that is no desk of ours."""
        return next((leg for leg in self.others if not leg.extension), None)

    @cached_property
    def direction(self) -> Direction:
        if not self.caller.extension:
            return Direction.IN
        if _is_outside(self.dialled):
            return Direction.OUT
        aimless = not self.dialled or not self.dialled.isdecimal()
        return Direction.OUT if aimless and self.outside is not None else Direction.INTERNAL

    @cached_property
    def client(self) -> str:
        match self.direction:
            case Direction.IN:
                raw = self.caller.number
            case Direction.OUT:
                raw = self.dialled if _is_outside(self.dialled) else self.outside.number if self.outside else ""
            case Direction.INTERNAL:
                raw = ""
        number = parse(raw)
        return "" if isinstance(number, NamedKind) else number

    @cached_property
    def agents(self) -> tuple[str, ...]:
        """Extensions of our people who took part: who talked, and who placed it."""
        placed = [self.caller] if self.caller.extension else []
        talked = [self.call.legs[leg] for talk in self.talks for leg in talk.legs]
        return _unique(leg.extension for leg in (*placed, *talked) if leg.extension)

    @cached_property
    def hung_up_by(self) -> HungUpBy:
        """Whose side asked to end the last talk; of a call without talk, whether the caller gave up."""
        last = max(self.talks, key=lambda talk: talk.until, default=None)
        ids = last.legs if last else (self.caller.id,)
        asked = [leg for leg in (self.call.legs.get(one) for one in ids) if leg and _asked(leg)]
        if not asked:
            return HungUpBy.PBX
        first = min(asked, key=lambda leg: (leg.hangup_asked_at or leg.ended_at or 0, leg.id))
        return HungUpBy.CALLER if first.id == self.caller.id else HungUpBy.CALLEE


def party_of(leg: Leg) -> str:
    """How people call the other end of `leg`: its extension, else its number, else its endpoint."""
    return leg.extension or spelled(leg.number) or leg.endpoint


def _was_rung(leg: Leg) -> bool:
    made = leg.started_at is not None and leg.exten in ("", NO_PHONE)
    return made or leg.dialed or leg.ringing_at is not None or leg.dial_status != ""


def _asked(leg: Leg) -> bool:
    return leg.hangup_asked_at is not None or (leg.ended_by != "" and leg.ended_by == leg.channel)


def _end_of(call: Call) -> int:
    """When it ended; while it goes on, a moment past the last it said: what has just begun has begun."""
    ends = [leg.ended_at for leg in call.legs.values() if leg.ended_at is not None]
    if call.merge is not None:
        ends.append(call.merge.at)
    return max(ends) if call.is_over else call.steps[-1].at + 1


def _is_outside(dialled: str) -> bool:
    return not isinstance(parse(dialled), NamedKind) or parse(dialled) is NamedKind.INTERNAL


def spelled(number: str) -> str:
    """`number` in E.164 where it is one, as it came where it is not."""
    parsed = parse(number)
    return number if isinstance(parsed, NamedKind) else parsed


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
