"""From a call and who was shown its number to ranked visits with a confidence each. No I/O here.

The confidences and `nobody` add up to one: `nobody` is the chance that the caller never saw the number on a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calltracking.attribution.evidence import Incoming, Showing
from calltracking.attribution.likelihood import weigh
from calltracking.attribution.parameters import Parameters

_FEWEST_MINUTES = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visit that may have made the call."""

    visit: str
    confidence: float
    reasons: tuple[str, ...] = ()
    """Signals that speak for it: tap, visit or later; region; phone."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """What explains a call: visits, likeliest first."""

    candidates: tuple[Candidate, ...]
    nobody: float

    @property
    def best(self) -> Candidate | None:
        """The likeliest visit, whatever its confidence."""
        return self.candidates[0] if self.candidates else None

    @property
    def confidence(self) -> float:
        """How sure we are of what is credited."""
        return self.candidates[0].confidence if self.candidates else 0.0


def attribute(
    call: Incoming, showings: Sequence[Showing], given: Parameters, shares: Mapping[str, float] | None = None
) -> Attribution:
    """Rank who was shown the number before the call; `shares` are how often its callers come from each region.

    A visit with several intervals is one candidate. The order of `showings` does not matter.
    """
    before = [showing for showing in showings if showing.since <= call.at]
    if not before:
        return Attribution((), 1.0)
    weights: dict[str, tuple[float, float, tuple[str, ...]]] = {}
    for showing in before:
        weight, reasons = weigh(call, showing, given, shares or {})
        entry = (weight, showing.since, reasons)
        weights[showing.visit] = max(entry, weights.get(showing.visit, entry))
    nobody = _nobody(call, before, given)
    total = nobody + sum(sorted(weight for weight, _, _ in weights.values()))
    if total <= 0:
        return Attribution((), 1.0)
    ranked = sorted(weights.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
    candidates = tuple(Candidate(visit, weight / total, reasons) for visit, (weight, _, reasons) in ranked)
    return Attribution(candidates, nobody / total)


def _nobody(call: Incoming, before: Sequence[Showing], given: Parameters) -> float:
    """Calls a minute to this number by people who never saw it: a share of what its visitors make."""
    minutes = max((call.at - min(showing.since for showing in before)) / 60, _FEWEST_MINUTES)
    calls = given.later + given.on_visit
    known = given.elsewhere if call.visitors else given.neither
    return given.strangers / (1 - given.strangers) * calls * len(before) / minutes * known
