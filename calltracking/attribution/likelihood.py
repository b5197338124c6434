"""How likely is it that this visit made the call at this moment? One factor a signal. No I/O here.

`w · f(t - last seen, tap) · geo · known`. The first two are one density a minute of three ways to call: after a tap,
while looking at the page, and later; so a tap and the recency of a visit are never counted twice.
"""

import math
from collections.abc import Mapping

from calltracking.attribution.evidence import Familiarity, Incoming, Showing, familiarity
from calltracking.attribution.parameters import Parameters

_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_SHORTEST_MINUTES = 1 / 60
_RAREST_REGION = 0.005


def density(call: Incoming, showing: Showing, given: Parameters) -> tuple[float, str]:
    """Calls a minute to be expected of the visit at the call's moment, and the likeliest way: tap, visit or later."""
    tapped = _after_a_tap(call.at, showing.taps, given)
    silent = call.at - showing.last_seen
    if silent <= given.grace:
        seen = given.on_visit
        return (tapped + seen), ("tap" if tapped > seen else "visit")
    later = given.later * log_normal(silent / 60, given.later_median, given.later_sigma)
    return (tapped + later), ("tap" if tapped > later else "later")


def log_normal(minutes: float, median: float, sigma: float) -> float:
    """The density a minute of a log-normal delay."""
    minutes = max(minutes, _SHORTEST_MINUTES)
    step = math.log(minutes / median) / sigma
    return math.exp(-step * step / 2) / (minutes * sigma * _ROOT_TWO_PI)


def region_factor(caller: str, visit: str, shares: Mapping[str, float], agrees: float) -> float:
    """How much the regions speak for the visit, beside a caller from anywhere; 1 where anything is unknown."""
    if not caller or not visit or not shares:
        return 1.0
    chance = max(shares.get(caller, 0.0), _RAREST_REGION)
    return (agrees / chance if caller == visit else 0.0) + 1.0 - agrees


def known_factor(known: Familiarity, given: Parameters) -> float:
    """How much an earlier call of the phone or of the visitor speaks for the visit."""
    if known is Familiarity.SAME:
        return given.same
    if known is Familiarity.ELSEWHERE:
        return given.elsewhere
    return given.other_phone if known is Familiarity.OTHER_PHONE else given.neither


def weigh(
    call: Incoming, showing: Showing, given: Parameters, shares: Mapping[str, float]
) -> tuple[float, tuple[str, ...]]:
    """What the visit weighs beside the other candidates, and the signals that speak for it."""
    rate, way = density(call, showing, given)
    region = region_factor(call.region, showing.region, shares, given.region_agrees)
    known = familiarity(call, showing)
    reasons = (way, *(("region",) if region > 1 else ()), *(("phone",) if known is Familiarity.SAME else ()))
    return showing.weight * rate * region * known_factor(known, given), reasons


def _after_a_tap(at: float, taps: tuple[float, ...], given: Parameters) -> float:
    """The density a minute of a call that the last tap before it began."""
    waited = min((at - tap for tap in taps if tap <= at), default=None)
    if waited is None:
        return 0.0
    return given.tapped * 60 / given.tap_seconds * math.exp(-waited / given.tap_seconds)
