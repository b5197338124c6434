"""On which line of a TOML file a key stands: the parser of the standard library tells that of broken files only.

No I/O here.
"""

import re
from collections.abc import Sequence
from typing import Final

_HEADER: Final = re.compile(r"\s*\[\[?\s*([^\]\[]+?)\s*\]\]?\s*(#.*)?$")
_KEY: Final = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[^.\s"']+)\s*\.?""")


def line_of(text: str, path: Sequence[str]) -> int:
    """The line, from 1, of the key at `path`; of the nearest table around it where it is written in a way we miss."""
    best, line = 0, 1
    above: tuple[str, ...] = ()
    for number, content in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(content):
            above = _parts(header[1])
            found = above
        elif key := _KEY.match(content):
            found = (*above, *_parts(key[1]))
        else:
            continue
        shared = len(found) if tuple(path[: len(found)]) == found else 0
        if shared > best:
            best, line = shared, number
    return line


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
