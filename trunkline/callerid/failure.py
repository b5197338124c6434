"""What a failed attempt says of its trunk, and whether another way out may help. No I/O here."""

import re
from enum import StrEnum

_ANSWER = re.compile(r"(?:SIP\s+)?([1-6][0-9]{2})(?:\s|\Z)").match
_FAILED = frozenset(("CHANUNAVAIL", "CONGESTION"))
_REFUSED = frozenset((401, 403, 407, 433, 608))
_CALLEE = frozenset((404, 410, 480, 484, 486, 487, 488, 600, 603, 604, 606, 607))


class Failure(StrEnum):
    """Why the attempt before did not get through."""

    NONE = "none"
    """It did, or the called party is the reason: another trunk would ring him again for nothing."""
    REFUSED = "refused"
    """The operator does not let this number through (403 and its kin)."""
    DOWN = "down"
    """The trunk is out of reach, or out of order."""


def failure_of(status: str, reason: str) -> Failure:
    """`status` is DIALSTATUS, `reason` the SIP answer as `HANGUPCAUSE(…,tech)` gives it: `SIP 403 Forbidden`.

    Without an answer the request never left, or nobody answered it.
    """
    if status.upper() not in _FAILED:
        return Failure.NONE
    match = _ANSWER(reason.strip())
    code = int(match[1]) if match else 0
    if code in _REFUSED:
        return Failure.REFUSED
    return Failure.NONE if code in _CALLEE else Failure.DOWN
