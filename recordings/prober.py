"""Asks a child what a file holds: it is a stranger's, and its reader a large C library (recordings/probing.py)."""

from pathlib import Path
from typing import Final, Self

import msgspec

from recordings.recording import Sound
from trunkline.linechild import LineChild

_SECONDS: Final = 20.0


class NoSound(Exception):
    """There is nothing in the file that could be heard."""


class File(msgspec.Struct, frozen=True):
    """A file of this machine, and what the PBX called it."""

    path: str
    name: str


class Found(msgspec.Struct, frozen=True):
    """What is in it, or why nothing is."""

    sound: Sound | None = None
    why: str = ""


class Prober:
    """One child for all files, begun anew after a file was too much for it."""

    def __init__(self) -> None:
        self._child = LineChild("recordings.probing", seconds=_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._child.end()

    async def probe(self, path: Path, name: str) -> Sound:
        """What the file at `path` holds, which the PBX called `name`; raises NoSound and ChildFailed."""
        told = await self._child.ask(msgspec.json.encode(File(str(path), name)))
        found = msgspec.json.decode(told, type=Found)
        if found.sound is None:
            raise NoSound(found.why)
        return found.sound
