"""The floor as a value: who waits, who talks, what today came to. No I/O here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from trunkline.presence.state import State

LONG_TIMES: Final = 3
"""So many times the promised wait is long, whoever waits."""


class Haste(StrEnum):
    """How long the first in a queue waits, measured by the promised wait."""

    CALM = "calm"
    LATE = "late"
    LONG = "long"


class Waiting(msgspec.Struct, frozen=True):
    """Somebody who waits in a queue; `sure` is false while the link to his PBX is down."""

    call_id: UUID
    caller: str
    caller_name: str
    line: str
    since: datetime
    sure: bool


class QueueToday(msgspec.Struct, frozen=True):
    """What the waits that began today and are over came to; `left` is neither answered nor hung up."""

    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    left: int = 0

    @property
    def share(self) -> float | None:
        """Answered in time among all who got through or gave up; None where nobody did."""
        told = self.answered + self.abandoned
        return self.in_time / told if told else None


class QueueNow(msgspec.Struct, frozen=True):
    """A queue: `target` is its name in the PBX, `members` how many agents it has, `free` how many could take a call."""

    target: str
    name: str
    members: int
    free: int
    haste: Haste
    waiting: tuple[Waiting, ...]
    today: QueueToday


class CallNow(msgspec.Struct, frozen=True):
    """A call an agent is in; the other party is empty where it is hidden, or on a line that is not the reader's."""

    call_id: UUID
    state: str
    since: datetime
    other: str
    other_name: str
    line: str
    queue: str
    sure: bool
    seen: bool = True
    """Whether its line is the reader's: else he is told that there is a call, and not with whom."""


class AgentNow(msgspec.Struct, frozen=True):
    """An agent; `since` is when his state began, null where nobody knows. `heard`: whether his telephone is known.

    Calls of today are those that are over; talk is his own share of them.
    """

    person: UUID
    name: str
    extension: str | None
    department: str | None
    state: State
    why: str
    reason: str
    since: datetime | None
    until: datetime | None
    heard: bool
    calls: tuple[CallNow, ...]
    calls_today: int
    talk_seconds: int
    may_set: bool


class LineNow(msgspec.Struct, frozen=True):
    """One of our numbers: incoming calls at this moment, and of today those that are over."""

    number: str
    name: str
    now: int
    answered: int
    missed: int


class Floor(msgspec.Struct, frozen=True):
    """All of it at the moment `at`; `silent` are the PBXs whose link is not proved: what is told of them may be old."""

    at: datetime
    answer_seconds: int
    pbxs: tuple[str, ...]
    silent: tuple[str, ...]
    queues: tuple[QueueNow, ...]
    agents: tuple[AgentNow, ...]
    lines: tuple[LineNow, ...]

    @property
    def waiting(self) -> int:
        """How many wait in all queues."""
        return sum(len(queue.waiting) for queue in self.queues)

    @property
    def free(self) -> int:
        """How many agents could take a call."""
        return sum(is_free(agent.state, agent.calls) for agent in self.agents)

    @property
    def talking(self) -> int:
        """How many agents talk."""
        return sum(any(call.state == "talking" for call in agent.calls) for agent in self.agents)

    @property
    def away(self) -> int:
        """How many agents are on a break or offline."""
        return sum(agent.state in {State.BREAK, State.OFFLINE} for agent in self.agents)


class QueueFacts(msgspec.Struct, frozen=True):
    """A queue as it is set up."""

    target: str
    name: str
    members: frozenset[UUID]


def haste_of(waiting: Iterable[Waiting], now: datetime, answer_seconds: int) -> Haste:
    """By who has waited longest."""
    longest = max(((now - one.since).total_seconds() for one in waiting), default=0.0)
    if longest < answer_seconds:
        return Haste.CALM
    return Haste.LATE if longest < LONG_TIMES * answer_seconds else Haste.LONG


def is_free(state: State, calls: Sequence[CallNow]) -> bool:
    """Whether an agent could take a call at this moment."""
    return state is State.ONLINE and not calls


def state_in_calls(state: State, calls: Sequence[CallNow]) -> State:
    """The state of somebody who is in `calls`: they tell sooner than his telephone does, but his own word stands."""
    sure = {call.state for call in calls if call.sure}
    if state not in {State.ONLINE, State.RINGING, State.TALKING, State.WRAP_UP} or not sure:
        return state
    return State.RINGING if sure == {"ringing"} else State.TALKING


def queues_now(
    facts: Iterable[QueueFacts],
    waiting: Mapping[str, Sequence[Waiting]],
    today: Mapping[str, QueueToday],
    agents: Iterable[AgentNow],
    moment: tuple[datetime, int],
) -> tuple[QueueNow, ...]:
    """The queues that are set up, then those only a PBX told of; `moment` is now and the promised wait."""
    now, answer_seconds = moment
    free = {agent.person for agent in agents if is_free(agent.state, agent.calls)}
    known = {one.target: one for one in facts}
    unknown = sorted((waiting.keys() | today.keys()) - known.keys())
    return tuple(
        QueueNow(
            target=one.target,
            name=one.name,
            members=len(one.members),
            free=len(one.members & free),
            haste=haste_of(waiting.get(one.target, ()), now, answer_seconds),
            waiting=tuple(sorted(waiting.get(one.target, ()), key=lambda waits: waits.since)),
            today=today.get(one.target, QueueToday()),
        )
        for one in (*known.values(), *(QueueFacts(name, name, frozenset()) for name in unknown))
    )
