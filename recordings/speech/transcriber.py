"""Asks children to write down what a file says: each holds a model, which is dear to load, for all files."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

import msgspec

from recordings.speech.models import Model
from recordings.speech.pieces import pieces_of
from recordings.speech.port import Heard, More, Open
from recordings.transcript import Transcript, Word
from trunkline.linechild import LineChild

_SECONDS: Final = 900.0
"""What a minute of sound may take, or a model to be loaded."""
_LONGEST_LINE: Final = 16 << 20


class NotWrittenDown(Exception):
    """The engine could not hear it; what it says why."""


class Transcriber:
    """`at_once` children, begun when there is work for them, each anew after a file was too much for it."""

    def __init__(self, at_once: int = 1) -> None:
        self._all = [
            LineChild("recordings.speech.working", seconds=_SECONDS, longest_line=_LONGEST_LINE) for _ in range(at_once)
        ]
        self._free: asyncio.LifoQueue[LineChild] = asyncio.LifoQueue()  # the last that worked has its model loaded
        for child in reversed(self._all):
            self._free.put_nowait(child)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for child in self._all:
            await child.end()

    async def write_down(
        self, model: Model, path: Path, name: str, sides: int, tell: Callable[[float], None] | None = None
    ) -> Transcript:
        """What the file at `path` says, called `name` by its PBX: two `sides` one by one, else all together.

        `tell` is told the seconds of tracks heard so far. Raises NotWrittenDown, and ChildFailed.
        """
        heard: dict[int | None, list[Word]] = {}
        language, before = model.language, 0.0
        async with self._child() as child:
            for side in (0, 1) if sides == 2 else (None,):
                words = heard[side] = []
                opened = Open(
                    model.engine, str(model.folder), model.version, model.language, str(path), name, side
                )  # fmt: skip
                told = await _ask(child, opened)
                while not told.over:
                    told = await _ask(child, More())
                    words += told.words
                    if tell is not None:
                        tell(before + told.seconds)
                language, before = language or told.language, before + told.seconds
        return Transcript(model.engine, model.name, language, pieces_of(heard))

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[LineChild]:
        child = await self._free.get()
        try:
            yield child
        finally:
            self._free.put_nowait(child)


async def _ask(child: LineChild, asked: Open | More) -> Heard:
    told = msgspec.json.decode(await child.ask(msgspec.json.encode(asked)), type=Heard)
    if told.why:
        raise NotWrittenDown(told.why)
    return told
