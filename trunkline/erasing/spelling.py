"""One number in all the ways it is written, found in text and in JSON. No I/O here.

The separators are those of `trunkline/calls/phone.py`; a query string has them, and the plus, in percent signs.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from trunkline.calls.phone import Number

_SEPARATOR: Final = r"(?:[\s\-‐‑‒–—−.()/+\u00a0\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|%20|%28|%29|%2D)"
_BETWEEN: Final = _SEPARATOR + "{0,4}"
_BEGINS: Final = r"(?:(?<![0-9])|(?<=%[0-9a-fA-F][0-9])|(?<=\\u00[0-9a-fA-F][0-9]))"
"""No digit before it but one of `%20` or `\\u0020`: those end words."""
_ENDS: Final = r"(?![0-9])"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a number is looked for: `found` in Python; `loose` in PostgreSQL, which finds all of that and some more."""

    found: re.Pattern[str]
    loose: str

    def holds(self, value: object) -> bool:
        """Whether the number stands in `value`: a text, a list or JSON of any depth."""
        return bool(scrubbed(self, value, "") != value)

    def is_whole(self, text: str) -> bool:
        """Whether `text` is the number, and nothing else."""
        return self.found.fullmatch(text.strip().removeprefix("+")) is not None


def spelling_of(number: Number) -> Spelling:
    """All ways of writing `number`: +7…, 8…, 7…, 810…, 00…, ten digits, with or without what stands between digits."""
    digits = number.removeprefix("+")
    own, prefix = digits, "(?:(?:00|810)" + _BETWEEN + ")?"
    if digits.startswith("7") and len(digits) == 11:
        own = digits[1:]
        prefix = "(?:(?:" + prefix + "7|8)" + _BETWEEN + ")?"
    loose = _BETWEEN.join(own)
    return Spelling(re.compile(_BEGINS + r"(?:\+|%2B)?" + prefix + loose + _ENDS, re.IGNORECASE), loose)


def scrubbed(spelling: Spelling, value: Any, instead: str, whole: str | None = "") -> Any:
    """`value` without the number: all of a text becomes `whole`, within one it is `instead`, as a number 0."""
    return _walk(value, _text(spelling, instead, whole), spelling)


def _text(spelling: Spelling, instead: str, whole: str | None) -> Callable[[str], str | None]:
    def without(text: str) -> str | None:
        if spelling.is_whole(text):
            return whole
        return spelling.found.sub(instead, text)

    return without


def _walk(value: Any, text: Callable[[str], str | None], spelling: Spelling) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {_key(key, text, spelling): _walk(inner, text, spelling) for key, inner in value.items()}
    if isinstance(value, list):
        return [_walk(inner, text, spelling) for inner in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return 0 if is_number and _digits(value) and spelling.found.fullmatch(_digits(value)) else value


def _key(key: str, text: Callable[[str], str | None], spelling: Spelling) -> str:
    return text(key) or "" if spelling.found.search(key) else key


def _digits(value: float) -> str:
    return str(int(value)) if value == value and abs(value) < 1e16 and value == int(value) else ""  # noqa: PLR0124
