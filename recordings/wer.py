"""The word error rate: of what was said, how much an engine wrote wrongly. No I/O here.

Words are compared without marks, case and the dots of ё, as is usual for Russian.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from rapidfuzz.distance import Levenshtein

_WORD: Final = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Errors:
    """Words that were said, and how many of them were put wrong, left out or added in writing."""

    said: int
    wrong: int

    @classmethod
    def between(cls, said: str, written: str) -> Self:
        """Those of `written`, where `said` is right."""
        right = words_of(said)
        return cls(len(right), Levenshtein.distance(right, words_of(written)))

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(self.said + other.said, self.wrong + other.wrong)

    @property
    def rate(self) -> float:
        """From 0; above 1 where more was added than was said."""
        return self.wrong / self.said if self.said else float(self.wrong > 0)


def words_of(text: str) -> list[str]:
    """The words as they are compared."""
    return _WORD.findall(text.casefold().replace("ё", "е"))
