"""The life of a line: ordered, quarantine, in use, retiring, given back; one table says what may follow. No I/O here.

In quarantine a number that was somebody else's before us is answered but not yet shown anywhere: his callers must have
stopped first. It ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

QUARANTINE = timedelta(days=7)


class LifeState(StrEnum):
    """Where a line is in its life, in order."""

    ORDERED = "ordered"
    QUARANTINE = "quarantine"
    ACTIVE = "active"
    RETIRING = "retiring"
    """Shown nowhere any more, still answered."""
    RETURNED = "returned"


STATE_NAMES = {
    LifeState.ORDERED: mark("ordered"),
    LifeState.QUARANTINE: mark("in quarantine"),
    LifeState.ACTIVE: mark("in use"),
    LifeState.RETIRING: mark("retiring"),
    LifeState.RETURNED: mark("closed"),
}
STARTS = (LifeState.ACTIVE, LifeState.QUARANTINE, LifeState.ORDERED)
"""How a new line may begin."""
_ANSWERED = frozenset((LifeState.QUARANTINE, LifeState.ACTIVE, LifeState.RETIRING))


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a life, and what the button says."""

    start: LifeState
    to: LifeState
    word: str


MOVES = (
    Move(LifeState.ORDERED, LifeState.QUARANTINE, mark("Connected: begin the quarantine")),
    Move(LifeState.ORDERED, LifeState.ACTIVE, mark("Use it at once")),
    Move(LifeState.ORDERED, LifeState.RETURNED, mark("Cancel the order")),
    Move(LifeState.QUARANTINE, LifeState.ACTIVE, mark("End the quarantine")),
    Move(LifeState.QUARANTINE, LifeState.RETURNED, mark("Close the line")),
    Move(LifeState.ACTIVE, LifeState.RETIRING, mark("Retire")),
    Move(LifeState.ACTIVE, LifeState.RETURNED, mark("Close the line")),
    Move(LifeState.RETIRING, LifeState.ACTIVE, mark("Keep it after all")),
    Move(LifeState.RETIRING, LifeState.RETURNED, mark("Close the line")),
    Move(LifeState.RETURNED, LifeState.ORDERED, mark("Order it again")),
    Move(LifeState.RETURNED, LifeState.ACTIVE, mark("Open the line again")),
)
_ALLOWED = frozenset((move.start, move.to) for move in MOVES)


def moves_from(state: LifeState) -> tuple[Move, ...]:
    """What may come next, the likeliest first."""
    return tuple(move for move in MOVES if move.start is state)


def is_answered(state: LifeState) -> bool:
    """Whether calls to the line are ours: the column `active`."""
    return state in _ANSWERED


def checked_state(text: str) -> LifeState:
    """The state `text` names; raises InvalidInput."""
    try:
        return LifeState(text)
    except ValueError:
        told = _("must be one of: %(states)s") % {"states": ", ".join(LifeState)}
        raise InvalidInput(Mistake("state", told)) from None


def refuse_leap(start: LifeState, to: LifeState) -> None:
    """Raises InvalidInput where `to` may not follow `start`."""
    if start is not to and (start, to) not in _ALLOWED:
        follow = ", ".join(move.to.value for move in moves_from(start))
        raise InvalidInput(
            Mistake("state", _("cannot follow %(start)s; what can: %(follow)s") % {"start": start, "follow": follow})
        )


def quarantine_ends(since: datetime) -> datetime:
    """When the quarantine that began at `since` is over."""
    return since + QUARANTINE
