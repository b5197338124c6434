"""Reading pages in a process of its own: a page may be made to cost much time and memory, and is nobody's we know.

`python -m calltracking.crawling.child` reads a Source a line and writes what it holds a line (trunkline/linechild.py).
"""

import resource
import sys
from typing import Final, Self

import msgspec

from calltracking.crawling.page import Held, read_page
from trunkline.linechild import ChildFailed, LineChild

_SECONDS: Final = 10.0
_MEMORY: Final = 1 << 30
_ALL_SECONDS: Final = 600
_LONGEST_LINE: Final = 4 << 20


class Source(msgspec.Struct, frozen=True):
    """A page and where it is."""

    address: str
    text: str


class TooMuchWork(Exception):
    """A page cost more time or memory than any page should."""


class PageReader:
    """One child for the pages of a site, begun anew after a page was too much for it."""

    def __init__(self) -> None:
        self._child = LineChild("calltracking.crawling.child", seconds=_SECONDS, longest_line=_LONGEST_LINE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._child.end()

    async def read(self, address: str, text: str) -> Held:
        """What the page holds; raises TooMuchWork."""
        try:
            return msgspec.json.decode(await self._child.ask(msgspec.json.encode(Source(address, text))), type=Held)
        except (ChildFailed, ValueError) as error:  # a lone surrogate, or an answer that cannot be read
            raise TooMuchWork from error


def main() -> None:
    """The child's whole life."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_ALL_SECONDS, _ALL_SECONDS + 5))
    for line in sys.stdin.buffer:
        source = msgspec.json.decode(line, type=Source)
        sys.stdout.buffer.write(msgspec.json.encode(read_page(source.text, source.address)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
