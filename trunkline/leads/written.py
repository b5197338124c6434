"""What something written means for leads, a letter or a message of a chat: one table, the first row that holds counts.

No I/O here. Who writes wants to be answered: it opens a lead whatever the rule of calls says, as a form does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from trunkline.leads.deciding import NOT_BUYERS, Does


@dataclass(frozen=True, slots=True)
class Writer:
    """What is known of who wrote: `classes` of every contact he may be, and the open leads it may be about."""

    colleague: bool = False
    classes: frozenset[str] = frozenset()
    thread_lead: UUID | None = None
    """Of what it answers."""
    phone_lead: UUID | None = None
    """Of one of his telephones, about the direction."""
    email_lead: UUID | None = None
    """Of his address, about the direction; where he told telephones, one of no telephone."""
    open_deal: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table; `lead` is the open one that it is about."""

    name: str
    holds: Callable[[Writer], bool]
    does: Does
    lead: Callable[[Writer], UUID | None] = lambda _: None


RULES: Final = (
    Rule("colleague", lambda one: one.colleague, Does.NOTHING),
    Rule("no_buyer", lambda one: bool(one.classes) and one.classes <= NOT_BUYERS, Does.LOOSE),
    Rule("thread", lambda one: one.thread_lead is not None, Does.JOIN, lambda one: one.thread_lead),
    Rule("open_lead", lambda one: one.phone_lead is not None, Does.JOIN, lambda one: one.phone_lead),
    Rule("open_lead_of_address", lambda one: one.email_lead is not None, Does.JOIN, lambda one: one.email_lead),
    Rule("open_deal", lambda one: one.open_deal, Does.LOOSE),
    Rule("new", lambda _: True, Does.OPEN),
)


def decide(writer: Writer) -> Rule:
    """The rule that counts."""
    return next(rule for rule in RULES if rule.holds(writer))
