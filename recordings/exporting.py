"""The text of a recording as a file: plain, WebVTT (W3C, for players) or JSON. No I/O here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from recordings import transcript_files
from recordings.dictionary import Tag
from recordings.reading import Text
from recordings.recording import Recording
from recordings.sides import End


class WordTold(msgspec.Struct, frozen=True):
    """A word: seconds of the recording, and from 0 to 1 how sure the engine was."""

    text: str
    start: float
    end: float
    sure: float


class PieceTold(msgspec.Struct, frozen=True):
    """What one side said without a longer pause; `side` and `speaker` are null where nobody knows."""

    side: int | None
    speaker: End | None
    start: float
    end: float
    text: str
    words: list[WordTold]


class SideTold(msgspec.Struct, frozen=True):
    """One side, in seconds; `interrupted`: how often it cut in on the other."""

    speaker: End | None
    talk: float
    longest_monologue: float
    interrupted: int
    first_word: float | None


class TalkTold(msgspec.Struct, frozen=True):
    """How the talk went, in seconds; no sides where nobody knows who speaks."""

    silence: float
    longest_silence: float
    first_word: float | None
    sides: list[SideTold]


class TranscriptTold(msgspec.Struct, frozen=True):
    """All that was said in a recording."""

    recording: UUID
    call: UUID
    engine: str
    model: str
    language: str
    talk: TalkTold
    category: str
    tags: list[Tag]
    pieces: list[PieceTold]


Writer = Callable[[Recording, Text], bytes]


def as_text(_one: Recording, text: Text) -> bytes:
    """A line for each piece: when, who, what."""
    return transcript_files.as_text(text.transcript, [line.speaker for line in text.lines]).encode()


def as_vtt(_one: Recording, text: Text) -> bytes:
    """A cue for each two lines of a piece; who speaks is its voice."""
    return transcript_files.as_vtt(text.transcript, [line.speaker for line in text.lines]).encode()


def as_json(one: Recording, text: Text) -> bytes:
    """All that is known of each word."""
    return msgspec.json.encode(told_of(one, text))


def told_of(one: Recording, text: Text) -> TranscriptTold:
    """What the API answers and the JSON file holds."""
    return TranscriptTold(
        one.id,
        one.call_id,
        text.transcript.engine,
        text.transcript.model,
        text.transcript.language,
        _talk(text),
        text.tagged.category,
        list(text.tagged.tags),
        [
            PieceTold(
                piece.side,
                text.ends[piece.side] if text.ends and piece.side in (0, 1) else None,
                piece.start,
                piece.end,
                piece.text,
                [WordTold(word.text, word.start, word.end, word.sure) for word in piece.words],
            )
            for piece in text.transcript.pieces
        ],
    )


def _talk(text: Text) -> TalkTold:
    went = text.went
    sides = [
        SideTold(
            text.ends[number] if text.ends else None,
            round(side.talk, 2),
            round(side.longest_monologue, 2),
            side.interrupted,
            side.first_word,
        )
        for number, side in enumerate(went.sides)
    ]
    return TalkTold(round(went.silence, 2), round(went.longest_silence, 2), went.first_word, sides)


FORMATS: Final[Mapping[str, tuple[str, Writer]]] = MappingProxyType(
    {
        "txt": ("text/plain", as_text),
        "vtt": ("text/vtt", as_vtt),
        "json": ("application/json", as_json),
    }
)
"""By the end of a file's name: its type, and who writes it."""
