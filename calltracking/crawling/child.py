"""Reading pages in a process of its own: a page may be made to cost much time and memory, and is nobody's we know.

`python -m calltracking.crawling.child` reads a Source a line and writes what it holds a line. No setting of ours, and
so no key, is in its environment.
"""

import asyncio
import os
import resource
import sys
from contextlib import suppress
from typing import Final, Self

import msgspec

from calltracking.crawling.page import Held, read_page

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
        self._child: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._end()

    async def read(self, address: str, text: str) -> Held:
        """What the page holds; raises TooMuchWork."""
        child = self._child = self._child or await _begin()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            async with asyncio.timeout(_SECONDS):
                child.stdin.write(msgspec.json.encode(Source(address, text)) + b"\n")
                await child.stdin.drain()
                told = await child.stdout.readline()
            return msgspec.json.decode(told, type=Held)
        except (TimeoutError, OSError, ValueError) as error:  # msgspec.DecodeError is a ValueError
            await self._end()
            raise TooMuchWork from error

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
            await child.communicate()


async def _begin() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "calltracking.crawling.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST_LINE,
        env={name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
    )


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
