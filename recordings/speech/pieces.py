"""Words of each side into what was said, one after the other. No I/O here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from recordings.transcript import Piece, Word

PAUSE: Final = 1.0
"""Seconds of silence that end a piece."""


def pieces_of(heard: Mapping[int | None, Sequence[Word]]) -> tuple[Piece, ...]:
    """All pieces by their begin; of two that begin together the first side's comes first."""
    pieces = [Piece(side, words) for side, said in heard.items() for words in _parted(said)]
    return tuple(sorted(pieces, key=lambda piece: (piece.start, piece.side or 0)))


def _parted(said: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    piece: list[Word] = []
    for word in said:
        if piece and word.start - piece[-1].end >= PAUSE:
            yield tuple(piece)
            piece = []
        piece.append(word)
    if piece:
        yield tuple(piece)
