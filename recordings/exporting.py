"""The text of a recording as a file: plain, WebVTT (W3C, for players) or JSON. No I/O here."""

import html
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from recordings.reading import Text
from recordings.recording import Recording
from trunkline.web.human import clock

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


def told_of(one: Recording, text: Text) -> Mapping[str, Any]:
    """What the API answers and the JSON file holds; `speaker` is agent, client or null."""
    return {
        "recording": one.id,
        "call": one.call_id,
        "engine": text.transcript.engine,
        "model": text.transcript.model,
        "language": text.transcript.language,
        "pieces": [
            {
                "side": piece.side,
                "speaker": text.ends[piece.side] if text.ends and piece.side in (0, 1) else None,
                "start": piece.start,
                "end": piece.end,
                "text": piece.text,
                "words": [
                    {"text": word.text, "start": word.start, "end": word.end, "sure": word.sure} for word in piece.words
                ],
            }
            for piece in text.transcript.pieces
        ],
    }


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
