"""Phrases of dictionaries: how a line is written, and where it was said. No I/O here.

не работает             these words, one after the other, in any form
оставить ... отзыв      up to five other words between
оставить ...2 отзыв     up to two
client: дорого          whatever side the dictionary is about, said by the client
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recordings.sides import End, Ends
from recordings.tokens import tokens
from recordings.transcript import Piece
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

GAP: Final = 5
"""Other words where a line says nothing of how many."""
_MOST_GAP: Final = 20
_MOST_LINES: Final = 200
_MOST_WORDS: Final = 12
_LONGEST_LINE: Final = 200
_SIDE: Final = re.compile(r"\s*(agent|client|агент|клиент)\s*:\s*", re.IGNORECASE)
_SIDES: Final = {"agent": End.AGENT, "агент": End.AGENT, "client": End.CLIENT, "клиент": End.CLIENT}
_GAP: Final = re.compile(r"(?:\.{3}|…)(\d{0,4})")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, each with how many others may stand before it; `side` None: whoever says it."""

    side: End | None
    words: tuple[tuple[str, int], ...]


def parse_phrases(text: str, field: str, side: End | None) -> tuple[Phrase, ...]:
    """The phrases of a form's field, one a line; `side` where a line names none. Raises InvalidInput."""
    lines = [line.strip() for line in text.splitlines()]
    if sum(map(bool, lines)) > _MOST_LINES:
        raise InvalidInput(Mistake(field, _("must be %(most)s lines at most") % {"most": _MOST_LINES}))
    return tuple(_parse(line, number, field, side) for number, line in enumerate(lines, 1) if line)


def _parse(line: str, number: int, field: str, side: End | None) -> Phrase:
    if len(line) > _LONGEST_LINE:
        sentence = _("line %(number)s must be %(most)s characters at most")
        raise InvalidInput(Mistake(field, sentence % {"number": number, "most": _LONGEST_LINE}))
    if named := _SIDE.match(line):
        side, line = _SIDES[named[1].lower()], line[named.end() :]
    parts = _GAP.split(line)  # words, a gap's number, words, …
    words: list[tuple[str, int]] = []
    for place in range(0, len(parts), 2):
        told = tokens(parts[place])
        gap = int(parts[place - 1] or GAP) if place else 0
        if not told or gap > _MOST_GAP:
            raise InvalidInput(Mistake(field, _line_is_wrong(number)))
        words += [(word, 0 if within or not words else gap) for within, word in enumerate(told)]
    if len(words) > _MOST_WORDS:
        raise InvalidInput(Mistake(field, _line_is_wrong(number)))
    return Phrase(side, tuple(words))


def _line_is_wrong(number: int) -> str:
    told = _("line %(number)s must be 1 to %(words)s words, with ... for up to %(gap)s others between two of them")
    return told % {"number": number, "words": _MOST_WORDS, "gap": _MOST_GAP}


@dataclass(frozen=True, slots=True)
class _Voice:
    """What one side said: where each word and each stem stands, and when each word began. `end` None: nobody knows who.

    Both, for the stemmer cuts some first forms shorter than the others: "отзыв" to "отз", "отзывы" to "отзыв".
    """

    end: End | None
    where: Mapping[str, Sequence[int]]
    at: Sequence[float]


class Heard:
    """A talk, as phrases are looked for in it: each side by itself, for a phrase is said by one mouth."""

    def __init__(self, pieces: Sequence[Piece], ends: Ends | None, stems: Mapping[str, str | None]) -> None:
        self._stems = stems
        self._voices = [
            self._voice([piece for piece in pieces if piece.side == side], _end(side, ends))
            for side in dict.fromkeys(piece.side for piece in pieces)
        ]

    def _voice(self, pieces: Sequence[Piece], end: End | None) -> _Voice:
        where: dict[str, list[int]] = {}
        at: list[float] = []
        for piece in pieces:
            for word in piece.words:
                for token in tokens(word.text):
                    for form in {token, self._stems.get(token) or token}:
                        where.setdefault(form, []).append(len(at))
                    at.append(word.start)
        return _Voice(end, where, at)

    def times_of(self, phrase: Phrase) -> list[float]:
        """The seconds at which it was said; where nobody knows who speaks, either may have said it."""
        return [
            voice.at[first]
            for voice in self._voices
            if None in (phrase.side, voice.end) or phrase.side is voice.end
            for first in self._places(voice, phrase)
        ]

    def _places(self, voice: _Voice, phrase: Phrase) -> list[int]:
        """Where it begins, each word used once."""
        reached: dict[int, int] = {}
        for number, (word, gap) in enumerate(phrase.words):
            forms = {word, self._stems.get(word) or word}
            places = sorted({place for form in forms for place in voice.where.get(form, ())})
            if number == 0:
                reached = {place: place for place in places}
                continue
            before, reached = reached, {}
            for place in places:
                near = range(place - 1, place - 2 - gap, -1)
                first = next((before[other] for other in near if other in before), None)
                if first is not None:
                    reached[place] = first
        found, free = [], 0
        for last, first in sorted(reached.items()):
            if first >= free:
                found.append(first)
                free = last + 1
        return found


def _end(side: int | None, ends: Ends | None) -> End | None:
    return ends[side] if ends is not None and side in (0, 1) else None
