"""Where in a transcript the words that are searched for were said, and the words around the first. No I/O here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recordings.asking import Term
from recordings.tokens import tokens
from recordings.transcript import Piece, Word

_BEFORE: Final = 8
_AFTER: Final = 16
"""Words of a snippet around what was found."""

Place = tuple[int, int]
"""A piece, and a word in it."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """`parts` are words in a line, and whether they were searched for; `at` the second where it begins to be so.

    A dash stands where another piece begins.
    """

    at: float
    parts: tuple[tuple[str, bool], ...]
    before: bool
    """More was said before."""
    after: bool


def vocabulary(pieces: Sequence[Piece], terms: Sequence[Term]) -> list[str]:
    """Every word that has to be known by its stem."""
    found = {token for piece in pieces for word in piece.words for token in tokens(word.text)}
    return sorted(found.union(*terms))


def places(
    pieces: Sequence[Piece], terms: Sequence[Term], stems: Mapping[str, str | None], sides: Collection[int] | None
) -> list[tuple[Place, ...]]:
    """The words of each match, in the order they were said; `sides` None: of whatever side."""
    heard = [
        (stems.get(token), (number, place))
        for number, piece in enumerate(pieces)
        if sides is None or piece.side is None or piece.side in sides
        for place, word in enumerate(piece.words)
        for token in tokens(word.text)
    ]
    wanted = {tuple(stems.get(word) for word in term) for term in terms}
    lengths = sorted({len(term) for term in wanted}, reverse=True)
    found: list[tuple[Place, ...]] = []
    for start in range(len(heard)):
        for length in lengths:
            span = heard[start : start + length]
            if len(span) == length and tuple(stem for stem, _ in span) in wanted:
                found.append(tuple(place for _, place in span))
                break
    return found


def snippet_of(pieces: Sequence[Piece], found: Sequence[tuple[Place, ...]], sides: Collection[int] | None) -> Snippet:
    """The words around the first match, or the first ones where nothing matches."""
    heard: list[tuple[Place, Word]] = [
        ((number, place), word)
        for number, piece in enumerate(pieces)
        if sides is None or piece.side is None or piece.side in sides
        for place, word in enumerate(piece.words)
    ]
    marked = {place for match in found for place in match}
    first = next((number for number, (place, _) in enumerate(heard) if place in marked), 0)
    start, end = max(0, first - _BEFORE), first + _AFTER
    parts: list[tuple[str, bool]] = []
    line = heard[start][0][0] if heard else 0
    for place, word in heard[start:end]:
        text = word.text if place[0] == line else f"— {word.text}"
        line = place[0]
        if parts and parts[-1][1] == (place in marked):
            parts[-1] = (f"{parts[-1][0]} {text}", parts[-1][1])
        else:
            parts.append((text, place in marked))
    return Snippet(heard[first][1].start if heard else 0.0, tuple(parts), start > 0, end < len(heard))
