"""Letters and syllables that a model emits, joined into words with times. No I/O here."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from recordings.transcript import Word

_LETTER: Final = 0.1
"""Seconds that the last letters of a word are taken to last: models tell where each begins alone."""


@dataclass(frozen=True, slots=True)
class Token:
    """What was emitted `at` so many seconds, and the logarithm of how probable it was. White space parts words."""

    text: str
    at: float
    log: float

    @property
    def spoken(self) -> bool:
        """Whether it is more than a sign between words."""
        return any(map(str.isalnum, self.text))


def words_of(tokens: Iterable[Token], begin: float, end: float) -> Iterator[Word]:
    """The words of a piece of sound that is `begin` to `end` of the track; each is as sure as its tokens on average.

    The average is that of the logarithms: one letter that was guessed makes a word doubtful.
    """
    words = _joined(_parted(tokens))
    for place, word in enumerate(words):
        spoken = [token for token in word if token.spoken]
        start, last = (min(begin + spoken[at].at, end) for at in (0, -1))
        until = begin + words[place + 1][0].at if place + 1 < len(words) else end
        sure = math.exp(min(0.0, sum(token.log for token in spoken) / len(spoken)))
        text = "".join(token.text for token in word)
        stop = max(last, min(last + _LETTER, until, end))
        yield Word(text, round(start, 2), round(stop, 2), round(sure, 3))


def _parted(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """Between white space, wherever in a token that is."""
    word: list[Token] = []
    for token in tokens:
        for place, text in enumerate(re.split(r"\s+", token.text)):
            if place:
                yield word
                word = []
            if text:
                word.append(Token(text, token.at, token.log))
    yield word


def _joined(parts: Iterable[list[Token]]) -> Sequence[list[Token]]:
    """A sign that stands alone belongs to the word before it."""
    words: list[list[Token]] = []
    for part in parts:
        if any(token.spoken for token in part):
            words.append(part)
        elif words:
            words[-1] += part
    return words
