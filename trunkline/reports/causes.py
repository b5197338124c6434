"""Why calls that nobody answered ended, by Q.850: whose doing it was, and in words. No I/O here."""

from collections.abc import Mapping
from typing import Final

from trunkline.web.i18n import gettext, mark

UNSENT: Final = "unsent"
"""No cause: the PBX could not send the call to any trunk."""

_PEOPLES: Final = frozenset({"0", "1", "16", "17", "18", "19", "22", "26", "28", "31", "127"})
"""Told by nobody, or what people do: a busy or silent called party, a wrong number, a caller who gave up."""
_OURS: Final = frozenset({"2", "3", "20", "21"})
"""An incoming call ends so when we refuse it or our telephone is off; an outgoing one when the operator does."""

_WORDS: Mapping[str, str] = {
    UNSENT: mark("the PBX could not send it: trunk unreachable"),
    "2": mark("no route to the network"),
    "3": mark("no route to the number"),
    "20": mark("trunk or subscriber unreachable"),
    "21": mark("call refused"),
    "25": mark("routing error"),
    "27": mark("destination out of order"),
    "29": mark("facility rejected"),
    "34": mark("no free channel"),
    "38": mark("network out of order"),
    "41": mark("temporary failure"),
    "42": mark("equipment congested"),
    "44": mark("channel not available"),
    "47": mark("no resources"),
    "50": mark("facility not subscribed"),
    "57": mark("not authorised"),
    "58": mark("codec not available"),
    "65": mark("codec not implemented"),
    "88": mark("incompatible destination"),
    "102": mark("the other side did not reply in time"),
    "111": mark("protocol error"),
}


def is_fault(cause: str, direction: str) -> bool:
    """Whether a call of this direction that ended so failed on the way, and not by anybody's wish."""
    return cause not in _PEOPLES and not (direction == "in" and cause in _OURS)


def cause_in_words(cause: str) -> str:
    """`38` → `network out of order (38)`."""
    words = gettext(_WORDS.get(cause, mark("other cause")))
    return words if cause == UNSENT else f"{words} ({cause})"
