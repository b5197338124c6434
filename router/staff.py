"""Who of the company is here, as one question finds them. No I/O here."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec

from router.devices import Devices, Phones
from router.hours import Moment
from router.strategies import Mate, Team
from trunkline.directory.values import AgentBrief, Head, PresenceBrief
from trunkline.pbx.devices import OUT_OF_REACH, DeviceState
from trunkline.pbx.live import NO_COUNT, AgentCount
from trunkline.pbx.seats import LEGS, WorksOn
from trunkline.presence.state import Instant, Presence, State, absence_at, heard, hours_in, said


class Agent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Somebody who may ring first."""

    name: str
    extension: str = ""
    state: DeviceState = DeviceState.UNKNOWN
    presence: State = State.ONLINE
    why: str = ""
    """Which rule of trunkline.presence.state gave the presence; empty where it was not looked at."""
    mobile: str = ""
    """Where he may be rung instead; empty when only his extension may be."""
    forwarded: bool = False
    """His mobile is his telephone: his extension is never rung."""


class Word:
    """What somebody says of himself, found anew only when it may have changed: a question asks a whole team."""

    __slots__ = ("_since", "brief", "said", "until")

    def __init__(self, brief: PresenceBrief) -> None:
        self.brief = brief
        self.said: Presence | None = None
        self._since = self.until = 0.0

    def at(self, now: Instant) -> Presence | None:
        """What he and his hours say; None when they leave it to his telephone."""
        if not self._since <= now.at < self.until:
            manual, absences, hours, weeks = self.brief.manual, self.brief.absences, self.brief.hours, self.brief.weeks
            self.said = said(manual, absence_at(absences, now.at), hours_in(hours, weeks, now), now)
            self._since, self.until = now.at, min(self._turns(now.at), default=math.inf)
        return self.said

    def _turns(self, at: float) -> Iterator[float]:
        """Moments after `at` at which something else may be said; hours change with a minute at the earliest."""
        if self.brief.hours or self.brief.weeks:
            yield at // 60 * 60 + 60
        ends = (self.brief.manual.return_at, *[end for each in self.brief.absences for end in (each.since, each.until)])
        yield from (end for end in ends if end > at)


_UNKNOWN = DeviceState.UNKNOWN
_SAYS_NOTHING = Word(PresenceBrief())


class Seat:
    """A member of a queue who has a telephone; found anew only when something of him may have changed."""

    __slots__ = (
        "_count",
        "_mate",
        "_since",
        "_state",
        "_wrap_up",
        "extension",
        "is_mobile",
        "number",
        "penalty",
        "until",
        "word",
    )

    def __init__(self, agent: AgentBrief, penalty: int, word: Word) -> None:
        self.extension = agent.extension or ""
        self.is_mobile = agent.works_on != WorksOn.DESK
        self.number = _number_of(agent)
        self.penalty = penalty
        self.word = word
        self._since = self.until = 0.0
        self._state, self._count, self._wrap_up = _UNKNOWN, NO_COUNT, 0
        self._mate = Mate(self.extension, penalty, number=self.number)

    def at(self, now: Instant, state: DeviceState, count: AgentCount, wrap_up: int) -> Mate:
        """The member while his telephone is in `state` and `count` is what is known of his calls."""
        if (
            self._since <= now.at < self.until
            and state is self._state
            and count is self._count
            and wrap_up == self._wrap_up
        ):
            return self._mate
        ends = _wrapped_up(count, wrap_up)
        presence = self.word.at(now) or heard(state, ends, now.at)
        self._mate = Mate(self.extension, self.penalty, state, presence.state, *count, self.number)
        self._state, self._count, self._wrap_up = state, count, wrap_up
        self._since, self.until = now.at, min(self.word.until, ends) if ends > now.at else self.word.until
        return self._mate


class Roster:
    """The members of a queue of ours who have a telephone, in their order; looked over when one may have changed."""

    __slots__ = ("_heard", "_seats", "_since", "_strategy", "_team", "_until")

    def __init__(self, strategy: str, seats: tuple[Seat, ...]) -> None:
        self._strategy = strategy
        self._seats = seats
        self._heard: tuple[Phones, Phones, int] | None = None
        self._since = self._until = 0.0
        self._team = Team(strategy, ())

    def at(self, now: Instant, phones: Phones, legs: Phones, wrap_up: int) -> Team:
        """The team while telephones are as `phones` says, mobiles as `legs` does."""
        heard = self._heard
        if (
            heard is None
            or heard[0] is not phones
            or heard[1] is not legs
            or heard[2] != wrap_up
            or not self._since <= now.at < self._until
        ):
            mates, until = [], math.inf
            for seat in self._seats:
                states, counts = legs if seat.is_mobile else phones
                state, count = states.get(seat.extension, _UNKNOWN), counts.get(seat.extension, NO_COUNT)
                mates.append(seat.at(now, state, count, wrap_up))
                until = min(until, seat.until)
            self._team = Team(self._strategy, tuple(mates))
            self._heard, self._since, self._until = (phones, legs, wrap_up), now.at, until
        return self._team


class Rosters(NamedTuple):
    """Everybody's word and every queue's members, looked up once for many questions."""

    words: Mapping[UUID, Word]
    queues: Mapping[str, Roster]


NO_ROSTERS = Rosters({}, {})


def rosters_of(head: Head) -> Rosters:
    """The rosters of `head`."""
    words = {agent: Word(brief) for agent, brief in head.presence.items()}
    queues = {
        name: Roster(
            queue.strategy,
            tuple(
                Seat(agent, member.penalty, words.get(member.agent, _SAYS_NOTHING))
                for member in queue.members
                if (agent := head.agents.get(member.agent)) is not None and agent.extension
            ),
        )
        for name, queue in head.queues.items()
    }
    return Rosters(words, queues)


class Staff:
    """The people of `head` at one moment, as the PBX that asks sees their telephones."""

    def __init__(
        self, head: Head, rosters: Rosters, pbx: str, devices: Devices, now: float, moment: Moment, wrap_up: int
    ) -> None:
        self._head = head
        self._words, self._queues = rosters
        self._phones, self._legs = devices.phones(pbx), devices.phones(LEGS)
        self._now = Instant(now, moment.weekday, moment.minute, moment.ordinal)
        self._wrap_up = wrap_up

    def agent(self, agent_id: UUID) -> Agent | None:
        """The person with this id, if he works here still."""
        brief = self._head.agents.get(agent_id)
        if brief is None:
            return None
        extension = brief.extension or ""
        states, counts = self._legs if brief.works_on != WorksOn.DESK else self._phones
        state = states.get(extension, _UNKNOWN)
        forwarded = brief.works_on == WorksOn.FORWARDED
        mobile = brief.mobile if brief.mobile_when_away or not extension or forwarded else None
        # Who can be had on his mobile is not away because his telephone is switched off.
        told = DeviceState.UNKNOWN if mobile and state in OUT_OF_REACH else state
        word = self._words.get(agent_id, _SAYS_NOTHING)
        count = counts.get(extension, NO_COUNT)
        presence = word.at(self._now) or heard(told, _wrapped_up(count, self._wrap_up), self._now.at)
        return Agent(brief.name, extension, state, presence.state, presence.why, mobile or "", forwarded)

    def deputy_of(self, responsible: UUID | None, deputy: UUID | None) -> Agent | None:
        """Who stands in for `responsible`: whom his absence names, else the contact's own `deputy`."""
        word = self._words.get(responsible) if responsible else None
        absence = absence_at(word.brief.absences, self._now.at) if word and word.brief.absences else None
        chosen = (absence.deputy if absence else None) or deputy
        return self.agent(chosen) if chosen else None

    def team(self, queue: str) -> Team | None:
        """The members of a queue of ours who have a telephone."""
        roster = self._queues.get(queue)
        return roster.at(self._now, self._phones, self._legs, self._wrap_up) if roster else None


def _number_of(agent: AgentBrief) -> str:
    """What rings in place of his extension; empty where that rings."""
    return (agent.mobile or "") if agent.works_on == WorksOn.FORWARDED else ""


def _wrapped_up(count: AgentCount, seconds: int) -> float:
    """When the work after his last talk ends; 0 where there is none."""
    return count.ended_at + seconds if seconds and count.ended_at else 0.0
