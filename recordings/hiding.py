"""How what may not be kept is hidden: its words in the text, the stretches of the sound around them. No I/O here."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from recordings.transcript import Piece

HIDDEN: Final = "•••"
"""In place of each word; it tells no length."""
MARGIN: Final = 0.15
"""Seconds of the sound around a word: engines err by less."""
_JOINS: Final = 2.0
"""Seconds between two hidden words that are silenced as well."""


class Kind(StrEnum):
    """What was hidden."""

    CARD = "card"
    CODE = "code"


class Hidden(msgspec.Struct, frozen=True):
    """A stretch of the sound that is silenced, in seconds."""

    kind: Kind
    start: float
    end: float


def masked(pieces: Sequence[Piece], kinds: Mapping[tuple[int, int], Kind]) -> tuple[Piece, ...]:
    """The pieces with the words at these places (piece, word) hidden; their times stay."""
    return tuple(
        replace(
            piece,
            words=tuple(
                replace(word, text=HIDDEN) if (number, place) in kinds else word
                for place, word in enumerate(piece.words)
            ),
        )
        for number, piece in enumerate(pieces)
    )


def stretches(pieces: Sequence[Piece], kinds: Mapping[tuple[int, int], Kind]) -> tuple[Hidden, ...]:
    """With their margins; those of one kind near each other as one."""
    words = [(pieces[number].words[place], kind) for (number, place), kind in kinds.items()]
    found: list[Hidden] = []
    for word, kind in sorted(words, key=lambda one: (one[1], one[0].start)):
        start, end = max(0.0, word.start - MARGIN), word.end + MARGIN
        if found and found[-1].kind is kind and start - found[-1].end <= _JOINS:
            found[-1] = replace(found[-1], end=max(found[-1].end, end))
        else:
            found.append(Hidden(kind, start, end))
    return tuple(Hidden(one.kind, round(one.start, 2), round(one.end, 2)) for one in found)
