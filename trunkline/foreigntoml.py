"""TOML that others wrote. No I/O here."""

import tomllib
from typing import Any, Final

_MOST_DOTS: Final = 1000
"""In a line: the library's work grows with the square of a key's parts, and 16,000 of them are two seconds of it."""


def toml_of(text: str) -> dict[str, Any]:
    """The file as a table; raises ValueError, as the library puts it: `… (at line 3, column 9)`."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_DOTS:
            raise ValueError(f"More than {_MOST_DOTS} dots (at line {number}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("Tables within tables without end (at end of document)") from None
