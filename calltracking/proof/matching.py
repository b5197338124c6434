"""Which call of ours is which of the operator's bill. No I/O here.

The same number, the same caller where both know him, and moments no further apart than two clocks and a ringing
telephone make them; the nearest pair first, each call once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from calltracking.proof.bill import BillCall

APART: Final = timedelta(minutes=3)
"""A bill may tell when the call was answered, we when it began to ring."""
_APART_HIDDEN: Final = timedelta(minutes=1)
"""Where one side does not know the caller, time alone has to do."""


class OurCall(msgspec.Struct, frozen=True):
    """A call as we counted it."""

    id: UUID
    number: str
    at: datetime
    client: str
    outcome: str
    talk_seconds: float


@dataclass(frozen=True, slots=True)
class LineMatch:
    """One line: calls both know, those only the bill has, those only we have."""

    number: str
    both: int
    only_theirs: tuple[BillCall, ...]
    only_ours: tuple[OurCall, ...]

    @property
    def theirs(self) -> int:
        """What the bill counts."""
        return self.both + len(self.only_theirs)

    @property
    def ours(self) -> int:
        """What we count of what such a bill would tell."""
        return self.both + len(self.only_ours)


def matched(ours: Iterable[OurCall], theirs: Iterable[BillCall]) -> list[LineMatch]:
    """Line by line. A bill of talks alone says nothing of our calls that nobody answered: these are no difference."""
    lines: dict[str, tuple[list[OurCall], list[BillCall]]] = defaultdict(lambda: ([], []))
    for call in ours:
        lines[call.number][0].append(call)
    for told in theirs:
        lines[told.number][1].append(told)
    whole = any(told.seconds == 0 for _, some in lines.values() for told in some)
    return [_line(number, *lines[number], whole=whole) for number in sorted(lines)]


def _line(number: str, ours: Sequence[OurCall], theirs: Sequence[BillCall], *, whole: bool) -> LineMatch:
    ours, theirs = sorted(ours, key=lambda one: one.at), sorted(theirs, key=lambda one: one.at)
    pairs: list[tuple[timedelta, int, int]] = []
    first = 0
    for place, told in enumerate(theirs):
        while first < len(ours) and ours[first].at < told.at - APART:
            first += 1
        for other in range(first, len(ours)):
            if ours[other].at > told.at + APART:
                break
            if (apart := _apart(ours[other], told)) is not None:
                pairs.append((apart, place, other))
    taken_theirs: set[int] = set()
    taken_ours: set[int] = set()
    for _, place, other in sorted(pairs):
        if place not in taken_theirs and other not in taken_ours:
            taken_theirs.add(place)
            taken_ours.add(other)
    return LineMatch(
        number,
        len(taken_theirs),
        tuple(told for place, told in enumerate(theirs) if place not in taken_theirs),
        tuple(
            call for place, call in enumerate(ours) if place not in taken_ours and (whole or call.outcome == "answered")
        ),
    )


def _apart(call: OurCall, told: BillCall) -> timedelta | None:
    apart = abs(call.at - told.at)
    if call.client and told.client:
        return apart if call.client == told.client else None
    return apart if apart <= _APART_HIDDEN else None
