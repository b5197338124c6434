"""What evidence against a number is worth: it fades by half every 125 days. No I/O here.

PhoneBlock's rule (reference pbx.md §3): spam weight minus legitimate evidence, both kept as a sum projected to one
moment, A = Σ w·2^((t−t₀)/125 d). Nothing has to sweep over it: what it is worth follows from the time of asking.
The SQL function `spam_weight` is `faded`.
"""

import math
from dataclasses import dataclass

HALF_LIFE_SECONDS = 125 * 86400.0
COUNTS_FROM = 0.5
"""A weight under this no longer counts: one vote lasts 125 days, four last a year."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`weight` votes as they were worth at the moment `at` (Unix seconds)."""

    weight: float = 0.0
    at: float = 0.0

    def faded(self, now: float) -> float:
        """What it is worth at `now`; before `at` it is worth no more than then."""
        return self.weight * math.pow(0.5, max(now - self.at, 0.0) / HALF_LIFE_SECONDS)

    def with_vote(self, weight: float, at: float) -> "Evidence":
        """With one more vote, whichever of the two is the older: the order votes come in makes no difference."""
        newer = max(self.at, at)
        return Evidence(self.faded(newer) + Evidence(weight, at).faded(newer), newer)


def net_votes(spam: Evidence, legit: Evidence, now: float) -> int:
    """Whole votes against a number at `now`; 0 when it no longer counts."""
    weight = spam.faded(now) - legit.faded(now)
    return max(round(weight), 1) if weight >= COUNTS_FROM else 0
