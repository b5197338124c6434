"""A plan tried on decisions that were made: from the facts stored with each, never today's. No I/O here."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from router.facts import Facts
from router.policy import Policies
from router.rules import decide
from router.target import Target
from trunkline.pbx.port import Action, Question

MOST_GROUPS = 30
_EXAMPLES = 3
_UNREADABLE = frozenset(("body", "deadline", "error"))
"""Answers that no rule gave: there is nothing to compare them with."""
_QUESTION = Question("", "")
"""The first turn of a dialogue; all else a rule may ask is in the facts."""
_FACTS = msgspec.json.Decoder(Facts)


class Stored(NamedTuple):
    """The first turn of a call as it was answered."""

    call_id: UUID
    at: float
    action: str
    target: str
    targets: str
    """Joined by hyphens."""
    sound: str
    rule: str
    plan: int
    facts: str | None


class Example(msgspec.Struct, frozen=True):
    """One call of a group."""

    call_id: UUID
    at: float
    caller: str
    line: str


class Group(msgspec.Struct, frozen=True):
    """Calls that went to `before` and would go to `after`; places spelled as targets, queues as the PBX names them."""

    before: str
    after: str
    rule: str
    """The rule that would decide."""
    count: int
    examples: tuple[Example, ...]


class Report(msgspec.Struct, frozen=True):
    """What the plan would have done."""

    total: int
    elsewhere: int
    skipped: int
    """Questions that were not answered by a rule, or were stored without facts."""
    plans: tuple[int, ...]
    """Versions that answered them then."""
    groups: tuple[Group, ...]
    """The largest first, at most MOST_GROUPS."""


@dataclass(slots=True)
class Replay:
    """Takes stored decisions one by one; `report` tells at any time."""

    policies: Policies
    total: int = 0
    skipped: int = 0
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str, str], list[Example]] = field(default_factory=dict)
    _plans: set[int] = field(default_factory=set)

    def take(self, stored: Stored) -> None:
        """Ask the plan again what was asked then."""
        self.total += 1
        self._plans.add(stored.plan)
        if stored.facts is None or stored.rule in _UNREADABLE:
            self.skipped += 1
            return
        try:
            facts = _FACTS.decode(stored.facts)
        except msgspec.DecodeError:
            self.skipped += 1
            return
        decision = decide(_QUESTION, facts, self.policies, stored.at, 0.0)
        before = _place(stored.action, stored.target, stored.targets, stored.sound)
        after = _place(decision.action, decision.target, "-".join(decision.targets), decision.sound)
        if before != after:
            self._note((before, after, decision.rule), stored, facts)

    def report(self) -> Report:
        """What was found so far."""
        groups = [
            Group(*key, count, tuple(self._examples[key])) for key, count in self._counts.most_common(MOST_GROUPS)
        ]
        return Report(self.total, self._counts.total(), self.skipped, tuple(sorted(self._plans)), tuple(groups))

    def _note(self, key: tuple[str, str, str], stored: Stored, facts: Facts) -> None:
        self._counts[key] += 1
        examples = self._examples.setdefault(key, [])
        if len(examples) < _EXAMPLES:
            examples.append(Example(stored.call_id, stored.at, facts.caller, facts.line))


@lru_cache(4096)
def _place(action: str, target: str, targets: str, sound: str) -> str:
    """Where a call goes; the digit of a challenge is chance, so it makes no difference."""
    if action == Action.CHALLENGE:
        return action
    return str(
        Target(
            Action(action), sound if action == Action.PLAYBACK else target, tuple(targets.split("-")) if targets else ()
        )
    )
