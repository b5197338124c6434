"""How likely each visit is to have led to a call. Pure: the moment and the candidates are all it looks at.

A visitor calls while he looks at the page, or later: four calls of five during the visit, the others after a time that
is log-normal around twenty minutes. Who touched the number's link, and who was the caller before, is likelier by far.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from calltracking.explaining.candidate import Candidate

_DURING: Final = 0.8
_DWELL_SECONDS: Final = 180.0
_LATER_MEDIAN_SECONDS: Final = 1200.0
_LATER_SIGMA: Final = 1.5
_TAP_SECONDS: Final = 120.0
_TAP_WEIGHT: Final = 50.0
_KNOWN_WEIGHT: Final = 20.0
_NOBODY: Final = 2e-6
"""Calls a second by people who were shown the number by none of the visits: from a note, a friend, an old page."""


class Ranked(NamedTuple):
    """A candidate and the probability that the call is his."""

    candidate: Candidate
    confidence: float


def rank(candidates: Sequence[Candidate], at: datetime) -> list[Ranked]:
    """The likeliest first; with the probability that it was none of them they sum to one."""
    weights = [_weight(one, at) for one in candidates]
    total = sum(weights) + _NOBODY
    ranked = [Ranked(one, weight / total) for one, weight in zip(candidates, weights, strict=True)]
    return sorted(
        ranked, key=lambda one: (-one.confidence, -one.candidate.granted_at.timestamp(), one.candidate.visit_id)
    )


def _weight(one: Candidate, at: datetime) -> float:
    weight = _density((at - one.seen_until).total_seconds())
    if one.tapped_at is not None and 0 <= (at - one.tapped_at).total_seconds() <= _TAP_SECONDS:
        weight *= _TAP_WEIGHT
    return weight * _KNOWN_WEIGHT if one.known else weight


def _density(gone_seconds: float) -> float:
    """Calls a second by a visitor who is gone for so long; negative: he is there."""
    if gone_seconds <= 0:
        return _DURING / _DWELL_SECONDS
    spread = math.log(gone_seconds / _LATER_MEDIAN_SECONDS) / _LATER_SIGMA
    return (1 - _DURING) * math.exp(-spread * spread / 2) / (gone_seconds * _LATER_SIGMA * math.sqrt(2 * math.pi))
