"""How long recordings are kept, by an ordered table of rules of which the first that fits decides; and how long the
disk lasts. No I/O here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from trunkline.alarms.alarm import Severity
from trunkline.keep_rules import KEEP_RULE

FULL_SHARE: Final = 0.8
"""Of the disk: from there on it is told."""
_CRITICAL_SHARE: Final = 0.95
_AGAIN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KeepRule:
    """One line of the setting `recordings.keep`; `direction` and `line` empty for any, `days` None for ever."""

    days: int | None
    direction: str = ""
    line: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """A rule as it is written; raises ValueError."""
        found = KEEP_RULE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no rule of recordings.keep")
        direction = "" if found["direction"] == "all" else found["direction"]
        return cls(int(found["days"]) if found["days"] else None, direction, found["line"] or "")

    def fits(self, direction: str, line: str) -> bool:
        """Whether it decides on a call of this direction and line (E.164)."""
        return self.direction in {"", direction} and self.line in {"", line}


def fingerprint(rules: Sequence[KeepRule]) -> int:
    """What tells these rules from others, from 1 to 2⁶³ - 1."""
    told = "\n".join(f"{rule.days} {rule.direction} {rule.line}" for rule in rules)
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) >> 1 or 1


def next_look(rules: Sequence[KeepRule], began: datetime, now: datetime) -> datetime | None:
    """The first moment from `now` on from which a rule may let the recording of a call that began then go.

    Whichever rule it is: what is known of the call may be mended meanwhile. A line may be added long after its calls;
    so past the moment of a rule that names one it is looked at every week. None where there is no such moment.
    """
    ends = [(began + timedelta(days=rule.days), rule.line) for rule in rules if rule.days is not None]
    coming = [end for end, _ in ends if end >= now]
    if any(line and end < now for end, line in ends):
        coming.append(now + _AGAIN)
    return min(coming, default=None)


def is_over(rules: Sequence[KeepRule], began: datetime, direction: str, line: str, now: datetime) -> bool:
    """Whether the time of the recording of a call that began then is over."""
    rule = next((rule for rule in rules if rule.fits(direction, line)), None)
    return rule is not None and rule.days is not None and began < now - timedelta(days=rule.days)


@dataclass(frozen=True, slots=True)
class Filling:
    """A disk that fills up; `days` until it is full, None where nothing comes."""

    severity: Severity
    used: int
    days: int | None


def filling(total: int, free: int, a_day: float) -> Filling | None:
    """What is to be told of a disk of so many bytes on which so many come a day; None while there is room."""
    used = 1 - free / total
    if used < FULL_SHARE:
        return None
    severity = Severity.CRITICAL if used > _CRITICAL_SHARE else Severity.WARNING
    return Filling(severity, round(100 * used), int(free / a_day) if a_day > 0 else None)
