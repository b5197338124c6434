"""What an engine is asked and answers, between our process and the child it runs in. No I/O here.

A child writes down one track at a time: it is told to open it, then asked for more until it says that all is heard.
"""

from collections.abc import Iterator
from typing import Final, Protocol

import msgspec

from recordings.transcript import Word

RATE: Final = 16000
"""Hz of the samples most engines are given, 16 bit, one track: what models of Vosk and Whisper ask for."""
STEP_SECONDS: Final = 60.0
"""Of sound, at most, that is heard for one question."""


class NotHeard(Exception):
    """There is nothing to hear, or no engine to hear it; what it says is told to people."""


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Begin with a track: `side` counts from 0, None is all of them in one. `name` is what the PBX called the file."""

    engine: str
    folder: str
    version: str
    language: str
    path: str
    name: str
    side: int | None


class More(msgspec.Struct, frozen=True, tag="more"):
    """Hear the next seconds."""


class Heard(msgspec.Struct, frozen=True):
    """Words that are final, how many seconds were heard, whether that was all; or why nothing is heard."""

    words: tuple[Word, ...] = ()
    seconds: float = 0.0
    over: bool = False
    language: str = ""
    why: str = ""


class Listening(Protocol):
    """One track being heard."""

    language: str
    """ISO 639-1; of an engine that finds it out itself, once it did."""

    def hear(self, samples: bytes) -> Iterator[Word]:
        """The words that are final after these samples."""

    def end(self) -> Iterator[Word]:
        """The words that are left."""


class Engine(Protocol):
    """A model that was loaded."""

    rate: int
    """Hz of the samples it is given."""

    def listen(self, language: str) -> Listening:
        """Begin with a track; `language` is ISO 639-1, or empty where the engine is to find it out."""
