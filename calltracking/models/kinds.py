"""What kind of call it was, by the rules of its site: unique, target, unique-target, missed, spam. No I/O here.

Missed calls and spam stand apart: they are neither of the others and take nothing from the calls after them, so the
client who calls again and gets through is unique then. Unique-target is the first target call of a number within the
repeat time, though a short call came before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Flag, auto

from calltracking.models.model import WINDOW


class CallKind(Flag):
    """What a call counts as; an ORDINARY one was talked too shortly and came again too soon."""

    ORDINARY = 0
    UNIQUE = auto()
    TARGET = auto()
    UNIQUE_TARGET = auto()
    MISSED = auto()
    SPAM = auto()


@dataclass(frozen=True, slots=True)
class KindRules:
    """A site's rules; `campaign_window` is how far back a visit may lie that is given something of a call.

    Those of a new site, which calls of none take too: a target talk as the operators of Russia count it.
    """

    target_talk: timedelta = timedelta(seconds=30)
    repeat: timedelta = timedelta(days=1)
    campaign_window: timedelta = WINDOW


@dataclass(frozen=True, slots=True)
class SiteCall:
    """A client's call to a site: when, and how long was talked; None where nobody answered."""

    at: datetime
    talk: timedelta | None
    spam: bool = False


def kind_of(call: SiteCall, others: Iterable[SiteCall], rules: KindRules) -> CallKind:
    """The kind of a call; `others` are those of the same number to the same site, in any order, itself perhaps too."""
    if call.spam:
        return CallKind.SPAM
    if call.talk is None:
        return CallKind.MISSED
    before = [
        other.talk
        for other in others
        if not other.spam and other.talk is not None and call.at - rules.repeat < other.at < call.at
    ]
    kind = CallKind.ORDINARY if before else CallKind.UNIQUE
    if call.talk >= rules.target_talk:
        kind |= CallKind.TARGET
        if all(talk < rules.target_talk for talk in before):
            kind |= CallKind.UNIQUE_TARGET
    return kind
