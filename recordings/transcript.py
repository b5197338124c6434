"""What was said in a recording: words with their times, in pieces of one side each. No I/O here."""

from enum import StrEnum

import msgspec


class TextStage(StrEnum):
    """How far the text of a recording came."""

    WANTED = "wanted"
    """The rules say that it is to be written down."""
    TRANSCRIBED = "transcribed"
    """Its words are kept, and found by the search."""


class TextStop(StrEnum):
    """Why a recording has no text."""

    POLICY = "policy"
    """The rules leave it out; `told` names the rule."""
    SHORT = "short"
    """It is shorter than what the rules have written down."""
    NO_MODEL = "no-model"
    """No speech model is installed for it."""
    SILENT = "silent"
    """The engine heard no word."""
    FAILED = "failed"
    """The work on it failed three times; `told` says how."""


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word as the engine wrote it; times in seconds of the recording, `sure` from 0 to 1 as the engine has it."""

    text: str
    start: float
    end: float
    sure: float


class Piece(msgspec.Struct, frozen=True):
    """What one side said without a longer pause. `side` counts the tracks of the file from 0; None: nobody knows."""

    side: int | None
    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        """Its first word's begin."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """Its last word's end."""
        return self.words[-1].end

    @property
    def text(self) -> str:
        """Its words in a line."""
        return " ".join(word.text for word in self.words)


class Transcript(msgspec.Struct, frozen=True):
    """All pieces of a recording by their begin; `model` is the installed model's name, `language` ISO 639-1."""

    engine: str
    model: str
    language: str
    pieces: tuple[Piece, ...]
