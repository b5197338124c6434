"""What a call that is over means for leads: one table of rules, the first that holds counts. No I/O here.

The rules are those of the companies in the issue: a touch attaches to an open lead of its telephone × direction rather
than opening another, suppliers and colleagues are no leads, and who has a deal is not asked again what he wants.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Opens(StrEnum):
    """Which calls of somebody unknown open a lead."""

    NONE = "none"
    MISSED = "missed"
    ALL = "all"


class Does(StrEnum):
    """What becomes of a call."""

    NOTHING = "nothing"
    LOOSE = "loose"
    """It is a touch without a lead."""
    JOIN = "join"
    """It is a touch of the open lead."""
    OPEN = "open"
    """It is the first touch of a new lead."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call that is over, and of its client; directions and outcomes are those of calls."""

    direction: str
    outcome: str
    client: str
    missed_why: str = ""
    colleague: bool = False
    classes: frozenset[str] = frozenset()
    """Of every contact with this number."""
    open_lead: UUID | None = None
    open_deal: bool = False

    @property
    def outgoing(self) -> bool:
        return self.direction == "out"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table."""

    name: str
    holds: Callable[[Facts, Opens], bool]
    does: Does


def _passes(facts: Facts, opens: Opens) -> bool:
    """Whether the company's rule opens no lead for such a call."""
    return opens is Opens.NONE or (opens is Opens.MISSED and facts.outcome == "answered")


NOT_BUYERS: Final = frozenset({"staff", "supplier", "contractor", "partner"})
"""Classes of contacts who do not buy; a number that is a client's too is a client's."""

NO_TOUCHES: Final = (
    Rule("internal", lambda facts, _: facts.direction == "internal", Does.NOTHING),
    Rule("screened", lambda facts, _: facts.outcome == "screened", Does.NOTHING),
    Rule("merged", lambda facts, _: facts.outcome == "merged", Does.NOTHING),
    Rule("hidden", lambda facts, _: not facts.client, Does.NOTHING),
    Rule("colleagues_mobile", lambda facts, _: facts.colleague, Does.NOTHING),
    Rule("never_reached_him", lambda facts, _: facts.outgoing and facts.missed_why == "desk_silent", Does.NOTHING),
)
"""What is no touch of a client's, whatever is known of him."""

RULES: Final = (
    *NO_TOUCHES,
    Rule("no_buyer", lambda facts, _: bool(facts.classes) and facts.classes <= NOT_BUYERS, Does.LOOSE),
    Rule("open_lead", lambda facts, _: facts.open_lead is not None, Does.JOIN),
    Rule("open_deal", lambda facts, _: facts.open_deal, Does.LOOSE),
    Rule("called_a_contact", lambda facts, _: facts.outgoing and bool(facts.classes), Does.LOOSE),
    Rule("called_a_stranger", lambda facts, _: facts.outgoing, Does.NOTHING),
    Rule("contact_opens_none", lambda facts, opens: _passes(facts, opens) and bool(facts.classes), Does.LOOSE),
    Rule("stranger_opens_none", _passes, Does.NOTHING),
    Rule("new", lambda _facts, _opens: True, Does.OPEN),
)


def decide(facts: Facts, opens: Opens) -> Rule:
    """The rule that counts."""
    return next(rule for rule in RULES if rule.holds(facts, opens))


def is_touch(facts: Facts) -> bool:
    """Whether the call was one with a client at all."""
    return not any(rule.holds(facts, Opens.ALL) for rule in NO_TOUCHES)
