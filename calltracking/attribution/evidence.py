"""What is known when a call came to a number: the call, and who had been shown the number. No I/O here."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

LINK_AT: Final = 0.9
"""An attribution as sure as this links the telephone to the visitor."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call to a number that visitors are shown."""

    at: float
    phone: str = ""
    """Canonical; empty where the caller hid it."""
    region: str = ""
    """Of the caller's number, by the registry; empty where unknown."""
    visitors: frozenset[str] = frozenset()
    """Visitors this phone is already linked to."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One interval of the ledger with its visit: a visitor was shown the number since `since`."""

    visit: str
    visitor: str
    since: float
    last_seen: float
    """The last beat; a moment after the call counts as seen at the call."""
    taps: tuple[float, ...] = ()
    """When the number's `tel:` link was tapped."""
    region: str = ""
    phones: frozenset[str] = frozenset()
    """Phones linked to the visitor before this call."""
    weight: float = 1.0
    """How likely a visit like this one is to call at all, beside the usual one."""


class Familiarity(Enum):
    """What earlier calls and forms say of phone and visitor together."""

    SAME = "same"
    """The phone is linked to this visitor."""
    ELSEWHERE = "elsewhere"
    """The phone is linked, but to somebody else."""
    OTHER_PHONE = "other_phone"
    """The phone is new, and the visitor is linked to another one."""
    NEITHER = "neither"


def familiarity(call: Incoming, showing: Showing) -> Familiarity:
    """How the caller's phone and the visitor stand to each other."""
    if not call.phone:
        return Familiarity.NEITHER
    if showing.visitor in call.visitors or call.phone in showing.phones:
        return Familiarity.SAME
    if call.visitors:
        return Familiarity.ELSEWHERE
    return Familiarity.OTHER_PHONE if showing.phones else Familiarity.NEITHER
