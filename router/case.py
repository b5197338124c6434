"""What the rules look at in one turn, and the step a rule takes. No I/O here."""

from typing import NamedTuple

import msgspec

from router.facts import Agent, Facts
from router.hours import Moment
from router.policy import Policy
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
    status: str
    """How the last action ended, as the PBX words it, in capitals."""

    @property
    def class_target(self) -> Target | None:
        """Where callers of this class go; a class without a place goes where unknown callers do."""
        classes = self.policy.classes
        return classes.get(self.facts.klass) or classes.get(ContactClass.UNKNOWN)

    def can_ring(self, agent: Agent) -> bool:
        """Whether nothing speaks against ringing `agent`; an unknown state does not."""
        if self.place_of(agent) is None:
            return False
        return not (self.policy.skip_engaged and agent.state in ENGAGED)

    def place_of(self, agent: Agent) -> Target | None:
        """Where `agent` rings: his extension, or his mobile while that is none or cannot ring."""
        if agent.extension and agent.state not in OUT_OF_REACH:
            return Target(Action.EXTENSION, agent.extension)
        return Target(Action.NUMBER, agent.mobile, confirm=True) if agent.mobile else None

    def about(self, agent: Agent | None) -> Used:
        """What the trace says of an agent."""
        if agent is None:
            return {"agent": None}
        used: Used = {"agent": agent.name, "extension": agent.extension, "state": agent.state}
        return {**used, "mobile": True} if agent.mobile else used

    def ring(self, agent: Agent | None) -> Step:
        """Ring the agent where he can be rung, then ask again."""
        return Step((self.place_of(agent) if agent else None) or self.fallback, Next.ASK)

    def challenge(self) -> Step:
        """Ask for the digit that chance picks."""
        digit = str(int(self.chance * 10) % 10)
        return Step(Target(Action.CHALLENGE, digit), Next.ASK, self.policy.spam_sound, digit)
