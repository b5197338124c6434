"""Free time: spans of work without what is taken, cut into visits. No I/O here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of time; its end does not belong to it."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What visit is looked for: how long, beginning how often, and within which time."""

    length: timedelta
    step: timedelta
    within: Span


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as it takes, in order; what is empty or inside out is left out."""
    found: list[Span] = []
    for span in sorted(spans):
        if span.ends <= span.starts:
            continue
        if found and span.starts <= found[-1].ends:
            found[-1] = Span(found[-1].starts, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def clipped(spans: Iterable[Span], within: Span) -> list[Span]:
    """What of the spans lies inside."""
    return merged(Span(max(one.starts, within.starts), min(one.ends, within.ends)) for one in spans)


def free_slots(work: Iterable[Span], busy: Iterable[Span], wanted: Wanted) -> list[Span]:
    """Every visit that fits: inside one span of work, clear of all that is busy.

    Beginnings are counted in steps from when work begins, so that they stay the same whatever is booked.
    """
    taken = merged(busy)
    return [
        slot
        for span in merged(work)
        for slot in _cut(span, wanted)
        if slot.starts >= wanted.within.starts and slot.ends <= wanted.within.ends and not overlaps(slot, taken)
    ]


def overlaps(slot: Span, taken: Sequence[Span]) -> bool:
    """Whether any of `taken` shares time with the slot."""
    return any(one.starts < slot.ends and slot.starts < one.ends for one in taken)


def _cut(span: Span, wanted: Wanted) -> Iterable[Span]:
    starts = span.starts
    while starts + wanted.length <= span.ends:
        yield Span(starts, starts + wanted.length)
        starts += wanted.step
