"""How likely each visit is to have led to a call: the rows, as calltracking/attribution weighs them. No I/O here."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from calltracking.attribution.attribute import attribute
from calltracking.attribution.evidence import Incoming, Showing
from calltracking.attribution.parameters import shipped
from calltracking.explaining.candidate import Candidate


class Ranked(NamedTuple):
    """A candidate and the probability that the call is his."""

    candidate: Candidate
    confidence: float


def rank(candidates: Sequence[Candidate], at: datetime, client: str = "") -> list[Ranked]:
    """The likeliest first; with the probability that it was none of them they sum to one. `client`: who calls."""
    visits = {str(one.visit_id): one for one in candidates}
    call = Incoming(at.timestamp(), client, visitors=frozenset(str(one.visitor) for one in candidates if one.known))
    found = attribute(call, [_showing(one) for one in candidates], shipped().parameters)
    return [Ranked(visits[one.visit], one.confidence) for one in found.candidates]


def _showing(one: Candidate) -> Showing:
    return Showing(
        visit=str(one.visit_id),
        visitor=str(one.visitor),
        since=one.granted_at.timestamp(),
        last_seen=one.seen_at.timestamp(),
        taps=tuple(tap.timestamp() for tap in one.taps),
        phones=frozenset(one.phones),
    )
