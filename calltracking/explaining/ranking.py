"""How likely each visit is to have led to a call: the rows, as calltracking/attribution weighs them. No I/O here."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from calltracking.attribution.attribute import attribute
from calltracking.attribution.evidence import Incoming, Showing
from calltracking.attribution.parameters import shipped
from calltracking.explaining.candidate import Candidate, Home
from trunkline.numbering.subjects import subjects

LEAST_STRANGERS: Final = 0.01
"""Of a real number's callers at least so many saw it on no page of ours: in a note, at a friend's, years ago. The
simulation the figures were fitted on has none, and would credit any call to whoever saw the number last week.
"""
_HOME: Final = "home"


class Ranked(NamedTuple):
    """A candidate and the probability that the call is his."""

    candidate: Candidate
    confidence: float
    reasons: tuple[str, ...] = ()
    """What speaks for it."""


def rank(
    candidates: Sequence[Candidate],
    at: datetime,
    client: str = "",
    linked: Collection[UUID] = (),
    home: Home | None = None,
) -> list[Ranked]:
    """The likeliest first; with the probability that it was none of them they sum to one.

    `client`: who calls; `linked`: the visitors he is linked to, candidates or not.
    """
    visits = {str(one.visit_id): one for one in candidates}
    call = Incoming(at.timestamp(), client, _HOME if home else "", frozenset(map(str, linked)))
    given = shipped().parameters
    given = msgspec.structs.replace(given, strangers=max(given.strangers, LEAST_STRANGERS))
    shares = {_HOME: home.share} if home else {}
    found = attribute(call, [_showing(one, home) for one in candidates], given, shares)
    return [Ranked(visits[one.visit], one.confidence, one.reasons) for one in found.candidates]


def _region(one: Candidate, home: Home | None) -> str:
    """Whether the visit is from the caller's home: a number may be at home in several subjects, as one place."""
    return _HOME if home and one.region in home.subjects else one.region if one.region in subjects() else ""


def _showing(one: Candidate, home: Home | None) -> Showing:
    return Showing(
        visit=str(one.visit_id),
        visitor=str(one.visitor),
        since=one.granted_at.timestamp(),
        last_seen=one.seen_at.timestamp(),
        taps=tuple(tap.timestamp() for tap in one.taps),
        region=_region(one, home),
        phones=frozenset(one.phones),
    )
