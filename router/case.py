"""What the rules look at in one turn, and the step a rule takes. No I/O here."""

from typing import NamedTuple

import msgspec

from router.facts import Agent, Facts
from router.hours import Moment
from router.policy import Policy, QueueTimes
from router.state import Turn
from router.target import Target
from trunkline.directory.values import ContactClass
from trunkline.pbx.devices import ENGAGED, OUT_OF_REACH
from trunkline.pbx.port import Action, Next, Question, Used

Look = tuple[bool, Used]
"""Whether a rule matches, and the values it looked at."""


class Step(NamedTuple):
    """What a rule wants done."""

    target: Target
    next: Next
    sound: str = ""
    digit: str = ""
    """What the caller must press, when that was asked."""


class Case(msgspec.Struct, frozen=True, gc=False):
    """One question with all that is known about it."""

    question: Question
    facts: Facts
    policy: Policy
    fallback: Target
    turn: Turn
    moment: Moment
    chance: float
    asked_at: float
    """Unix seconds."""
    status: str
    """How the last action ended, as the PBX words it, in capitals."""

    @property
    def class_target(self) -> Target | None:
        """Where callers of this class go; a class without a place goes where unknown callers do."""
        classes = self.policy.classes
        return classes.get(self.facts.klass) or classes.get(ContactClass.UNKNOWN)

    @property
    def queue_times(self) -> QueueTimes | None:
        """The times of the queue this caller would wait in, where it has a clock of its own."""
        policy = self.policy
        if not policy.queues:
            return None
        debt = policy.debtors.get(self.facts.klass)
        target = policy.line_target
        if target is None and debt is not None and self.facts.overdue >= debt.threshold:
            target = debt.target
        target = target or self.class_target
        return policy.queues.get(target.value) if target is not None and target.action is Action.QUEUE else None

    def can_ring(self, agent: Agent) -> bool:
        """Whether nothing speaks against ringing `agent`; an unknown state does not."""
        if not agent.extension or agent.state in OUT_OF_REACH:
            return False
        return not (self.policy.skip_engaged and agent.state in ENGAGED)

    def about(self, agent: Agent | None) -> Used:
        """What the trace says of an agent."""
        if agent is None:
            return {"agent": None}
        return {"agent": agent.name, "extension": agent.extension, "state": agent.state}

    def ring(self, agent: Agent | None) -> Step:
        """Ring the agent's extension, then ask again."""
        return Step(Target(Action.EXTENSION, agent.extension) if agent else self.fallback, Next.ASK)

    def challenge(self) -> Step:
        """Ask for the digit that chance picks."""
        digit = str(int(self.chance * 10) % 10)
        return Step(Target(Action.CHALLENGE, digit), Next.ASK, self.policy.spam_sound, digit)
