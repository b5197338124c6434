"""What the rules said, remembered for a minute: equal questions get equal answers at a fraction of the work. No I/O.

`decide` looks at the moment by its minute, at the plan, at how the dialogue stands and at the facts, but never at who
the caller is (`PERSONAL`); so a decision can be given to the next caller of whom the same is known, with his own facts,
name and state put in. Teams change with every call: where a rule looked at one, what is remembered is the table's
reading up to there. What chance had a part in is not remembered. tests/router/test_memory.py holds the rules to this.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import msgspec

from router.facts import Facts
from router.policy import Policies
from router.rules import BY_CHANCE, Start, caller_name, read
from router.state import Turn
from trunkline.pbx.port import Decision, Question

PERSONAL = frozenset(("caller", "name", "company", "contacts", "spam_source", "directory", "names"))
"""Facts no rule may look at, but for whether `contacts` is empty."""
FLEETING = "teams"
"""The fact that changes with every call."""
_MOST = 4096

_facts_key = attrgetter(
    *(name for name in Facts.__struct_fields__ if name not in PERSONAL.union((FLEETING, "lengths")))
)
_question_key = attrgetter("pbx", "status", "queue", "digits")

Seal = Callable[[Turn], str]


class _Kept(NamedTuple):
    decision: Decision
    after: Turn | None


class Memory:
    """Decisions of this minute under one plan."""

    def __init__(self) -> None:
        self._policies: Policies | None = None
        self._minute = 0
        self._kept: dict[object, _Kept | Start] = {}

    def decide(
        self, question: Question, facts: Facts, policies: Policies, now: float, chance: float, turn: Turn, seal: Seal
    ) -> Decision:
        """As router.rules.decide at the beginning of the minute."""
        minute = int(now // 60)
        if policies is not self._policies or minute != self._minute or len(self._kept) >= _MOST:
            self._policies, self._minute, self._kept = policies, minute, {}
        key = (_facts_key(facts), not facts.contacts, tuple(facts.lengths.items()), _question_key(question), turn)
        kept = self._kept.get(key)
        if kept is None:
            kept = _think(question, facts, policies, minute * 60.0, chance, turn)
            if isinstance(kept, Start) or kept.decision.rule not in BY_CHANCE:
                self._kept[key] = kept
        if isinstance(kept, Start):
            return read(question, facts, policies, now, chance, turn, seal, kept)[0]
        after = kept.after
        return msgspec.structs.replace(
            kept.decision, facts=facts, caller_name=caller_name(facts), state=seal(after) if after else ""
        )


def _think(
    question: Question, facts: Facts, policies: Policies, now: float, chance: float, turn: Turn
) -> _Kept | Start:
    """The decision, or how far it can be known before a team is looked at."""
    after: list[Turn] = []

    def note(following: Turn) -> str:
        after.append(following)
        return ""

    decision, teams = read(question, facts, policies, now, chance, turn, note)
    return teams or _Kept(decision, after[0] if after else None)
