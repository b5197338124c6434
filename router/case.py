"""What the rules look at in one turn, and the step a rule takes. No I/O here."""

from typing import NamedTuple

import msgspec

from router.facts import Facts
from router.hours import Moment
from router.policy import Policy, QueueTimes
from router.staff import Agent
from router.state import Turn
from router.strategies import next_of
from router.target import Target
from trunkline.directory.values import ContactClass
from trunkline.pbx.devices import ENGAGED, OUT_OF_REACH, DeviceState
from trunkline.pbx.port import Action, Next, Question, Used
from trunkline.presence.state import AWAY, State

Look = tuple[bool, Used]
"""Whether a rule matches, and the values it looked at."""


class Step(NamedTuple):
    """What a rule wants done."""

    target: Target
    next: Next
    sound: str = ""
    digit: str = ""
    """What the caller must press, when that was asked."""
    rings: tuple[str, ...] = ()
    """Agents' extensions that ring: nobody is rung twice in a dialogue, nor for two calls at once."""
    again: bool = False
    """Whether the same rule is read again when this fails: a team rings turn by turn."""


# CPython 3.11 takes as long to look a member up by its name as for ten other steps of a decision.
_ASK, _QUEUE, _EXTENSION, _UNKNOWN = Next.ASK, Action.QUEUE, Action.EXTENSION, ContactClass.UNKNOWN


class Bars(NamedTuple):
    """Presences, telephones' states and extensions of those who are not rung."""

    presences: frozenset[State]
    states: frozenset[DeviceState]
    taken: frozenset[str]


_AWAY = (AWAY, OUT_OF_REACH)
_ENGAGED = (AWAY | {State.WRAP_UP}, OUT_OF_REACH | ENGAGED)


class Case(msgspec.Struct, frozen=True, gc=False):
    """One question with all that is known about it."""

    question: Question
    facts: Facts
    policy: Policy
    fallback: Target
    turn: Turn
    moment: Moment
    chance: float
    status: str
    """How the last action ended, as the PBX words it, in capitals."""
    now: float = 0.0
    """Unix seconds."""
    free: dict[str, list[int]] = {}
    """Of each team that was looked at, the positions of those who may be rung."""

    @property
    def class_target(self) -> Target | None:
        """Where callers of this class go; a class without a place goes where unknown callers do."""
        classes = self.policy.classes
        return classes.get(self.facts.klass) or classes.get(_UNKNOWN)

    @property
    def led(self) -> Target | None:
        """Where the lease of a pool's number leads."""
        destination = self.facts.destination
        return Target(_QUEUE, destination) if destination else None

    @property
    def line_target(self) -> Target | None:
        """Where calls to this line go, whoever calls: as its lease leads, else as the plan says of it."""
        return self.led or self.policy.line_target

    @property
    def queue_times(self) -> QueueTimes | None:
        """The times of the queue this caller would wait in, where it has a clock of its own."""
        policy = self.policy
        if not policy.queues:
            return None
        debt = policy.debtors.get(self.facts.klass)
        target = self.line_target
        if target is None and debt is not None and self.facts.overdue >= debt.threshold:
            target = debt.target
        target = target or self.class_target
        return policy.queues.get(target.value) if target is not None and target.action is _QUEUE else None

    @property
    def bars(self) -> Bars:
        """What speaks against ringing somebody in this turn."""
        reserved, rung = self.facts.reserved, self.turn.rung
        presences, states = _ENGAGED if self.policy.skip_engaged else _AWAY
        return Bars(presences, states, frozenset((*reserved, *(rung.split("-") if rung else ()))))

    def can_ring(self, agent: Agent) -> bool:
        """Whether nothing speaks against ringing `agent`; an unknown state does not."""
        presences, states, taken = self.bars
        if agent.presence in presences or agent.extension in taken:
            return False
        if agent.state in states:
            return agent.state in OUT_OF_REACH and agent.mobile != ""
        return agent.extension != "" or agent.mobile != ""

    def place_of(self, agent: Agent) -> Target | None:
        """Where `agent` rings: his extension, or his mobile while that is none or cannot ring."""
        if agent.extension and agent.state not in OUT_OF_REACH and not agent.forwarded:
            return Target(_EXTENSION, agent.extension)
        return Target(Action.NUMBER, agent.mobile, confirm=True) if agent.mobile else None

    def about(self, agent: Agent | None) -> Used:
        """What the trace says of an agent."""
        if agent is None:
            return {"agent": None}
        used: Used = {"agent": agent.name, "extension": agent.extension, "state": agent.state}
        if agent.mobile:
            used["mobile"] = True
        if agent.why and agent.why != "online":
            used["presence"] = agent.presence
            used["why"] = agent.why
        if agent.extension and agent.extension in self.facts.reserved:
            used["reserved"] = True
        return used

    def ring(self, agent: Agent | None) -> Step:
        """Ring the agent where he can be rung, then ask again."""
        target = self.place_of(agent) if agent else None
        if agent is None or target is None:
            return Step(self.fallback, Next.ASK)
        rings = (agent.extension,) if target.action is _EXTENSION or agent.forwarded else ()
        return Step(target, _ASK, rings=rings)

    def reaches(self, target: Target | None, used: Used) -> Look:
        """Whether there is such a place; of a team, `used` also says how many may be rung."""
        if target is not None and target.team:
            team = self.facts.teams.get(target.team)
            members = len(team.mates) if team else 0
            used |= {"team": target.team, "members": members, "free": len(self._free(target.team))}
        return target is not None, used

    def go(self, target: Target, then: Next = Next.ASK) -> Step | None:
        """On to `target`; of a team, those who ring in this turn, None when nobody is left."""
        if not target.team:
            return Step(target, then)
        team = self.facts.teams.get(target.team)
        chosen = next_of(team, self._free(target.team), self.now, self.chance) if team else ()
        if not chosen:
            return None
        if len(chosen) > 1:
            return Step(Target(Action.TARGETS, values=chosen), _ASK, rings=chosen, again=True)
        number = next((mate.number for mate in team.mates if mate.extension == chosen[0]), "") if team else ""
        one = Target(Action.NUMBER, number, confirm=True) if number else Target(_EXTENSION, chosen[0])
        return Step(one, _ASK, rings=chosen, again=True)

    def is_full(self, target: Target | None) -> Look:
        """Whether `target` is a queue known to be as long as the plan allows, and there is another place to go."""
        limit, overflow = self.policy.overflow_length, self.policy.overflow
        is_queue = target is not None and target.action is _QUEUE
        length = self.facts.lengths.get(target.value) if target is not None and is_queue else None
        used: Used = {"queue": target.value if target and is_queue else None, "length": length, "limit": limit or None}
        if not limit or length is None or length < limit or overflow in {None, target}:
            return False, used
        if overflow is not None and overflow.team and not self._free(overflow.team):
            return False, used
        return self.reaches(overflow, used | {"target": str(overflow)})

    def _free(self, name: str) -> list[int]:
        free = self.free.get(name)
        if free is None:
            team, (presences, states, taken) = self.facts.teams.get(name), self.bars
            free = self.free[name] = [
                place
                for place, mate in enumerate(team.mates if team else ())
                if mate.presence not in presences and mate.state not in states and mate.extension not in taken
            ]
        return free

    def challenge(self) -> Step:
        """Ask for the digit that chance picks."""
        digit = str(int(self.chance * 10) % 10)
        return Step(Target(Action.CHALLENGE, digit), Next.ASK, self.policy.spam_sound, digit)
