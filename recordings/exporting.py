"""The text of a recording as a file: plain, WebVTT (W3C, for players) or JSON. No I/O here."""

import html
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from recordings.reading import Text
from recordings.recording import Recording
from recordings.sides import End
from trunkline.web.human import clock


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


class TranscriptTold(msgspec.Struct, frozen=True):
    """All that was said in a recording."""

    recording: UUID
    call: UUID
    engine: str
    model: str
    language: str
    pieces: list[PieceTold]


Writer = Callable[[Recording, Text], bytes]


def as_text(_one: Recording, text: Text) -> bytes:
    """A line for each piece: when, who, what."""
    lines = (
        f"[{clock(line.at)}] {f'{line.speaker}: ' if line.speaker else ''}{piece.text}"
        for line, piece in zip(text.lines, text.transcript.pieces, strict=True)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def as_vtt(_one: Recording, text: Text) -> bytes:
    """A cue for each piece; who speaks is its voice."""
    cues = ["WEBVTT\n"]
    for line, piece in zip(text.lines, text.transcript.pieces, strict=True):
        voice = f"<v {html.escape(line.speaker, quote=False)}>" if line.speaker else ""
        said = html.escape(piece.text, quote=False)
        cues.append(f"{_stamp(piece.start)} --> {_stamp(max(piece.end, piece.start + 0.001))}\n{voice}{said}\n")
    return "\n".join(cues).encode()


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


FORMATS: Final[Mapping[str, tuple[str, Writer]]] = MappingProxyType(
    {
        "txt": ("text/plain", as_text),
        "vtt": ("text/vtt", as_vtt),
        "json": ("application/json", as_json),
    }
)
"""By the end of a file's name: its type, and who writes it."""


def _stamp(seconds: float) -> str:
    """WebVTT §4: hours, minutes, seconds, and thousandths."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
