"""How a talk went, by the times of its words: who spoke how long, silences, interruptions, monologues. No I/O here.

A piece (recordings/transcript.py) is what one side said without a longer pause. Of a mixed track nobody knows who
speaks: there only silence and the first word are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from recordings.transcript import Piece

SHORT_WORD: Final = 1.0
"""Seconds: "yes", "I see". Who says that little breaks no monologue and interrupts nobody."""
CUT_IN: Final = 0.5
"""Seconds for which both speak before one is said to cut in: less is a line's delay."""


@dataclass(frozen=True, slots=True)
class OfSide:
    """One side; seconds. `first_word` is None where it said nothing."""

    talk: float
    longest_monologue: float
    interrupted: int
    """How often it cut in on the other."""
    first_word: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole talk; `sides` is empty where nobody knows who speaks. `silence`: nobody spoke, in seconds."""

    seconds: float
    silence: float
    longest_silence: float
    first_word: float | None
    sides: tuple[OfSide, ...] = ()

    @property
    def ratio(self) -> float | None:
        """The first side's share of what both said, 0 to 1; None where that says nothing."""
        said = sum(side.talk for side in self.sides)
        return self.sides[0].talk / said if said > 0 else None


Span = tuple[float, float]


def figures_of(pieces: Sequence[Piece], seconds: float) -> Figures:
    """Those of a recording of so many seconds."""
    spoken = joined([(piece.start, piece.end) for piece in pieces])
    edges = [0.0, *(edge for span in spoken for edge in span), max([seconds, *(end for _, end in spoken)])]
    gaps = [after - before for before, after in zip(edges[::2], edges[1::2], strict=True)]
    known = bool(pieces) and all(piece.side in (0, 1) for piece in pieces)
    return Figures(
        seconds=edges[-1],
        silence=sum(gaps),
        longest_silence=max(gaps),
        first_word=spoken[0][0] if spoken else None,
        sides=tuple(_of_side(pieces, side) for side in (0, 1)) if known else (),
    )


def joined(spans: Sequence[Span]) -> list[Span]:
    """The times that any of them covers, each once, in order."""
    covered: list[Span] = []
    for start, end in sorted(spans):
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(covered[-1][1], end))
        else:
            covered.append((start, end))
    return covered


def _of_side(pieces: Sequence[Piece], side: int) -> OfSide:
    own = joined([(piece.start, piece.end) for piece in pieces if piece.side == side])
    other = joined([(piece.start, piece.end) for piece in pieces if piece.side == 1 - side])
    return OfSide(
        talk=sum(end - start for start, end in own),
        longest_monologue=_longest(own, other),
        interrupted=sum(_cuts_in(span, other) for span in own),
        first_word=own[0][0] if own else None,
    )


def _longest(own: Sequence[Span], other: Sequence[Span]) -> float:
    """From the begin of one's words to their end, until the other says more than a short word."""
    breaks = [start for start, end in other if end - start > SHORT_WORD]
    longest, begin = 0.0, own[0][0] if own else 0.0
    for before, after in pairwise([*own, None]):
        assert before is not None
        longest = max(longest, before[1] - begin)
        if after is not None and any(before[0] < at <= after[0] for at in breaks):
            begin = after[0]
    return longest


def _cuts_in(span: Span, other: Sequence[Span]) -> bool:
    """Whether it begins in the midst of what the other says, and goes on."""
    begin, end = span
    if end - begin <= SHORT_WORD:
        return False
    return any(start < begin and begin + CUT_IN <= stop for start, stop in other)
