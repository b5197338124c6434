"""A transcript as a file: lines to read, subtitles (WebVTT, https://www.w3.org/TR/webvtt1/), or JSON. No I/O here."""

import html
from collections.abc import Iterator
from typing import Final

import msgspec

from recordings.transcript import Piece, Transcript, Word

_LONGEST_CUE: Final = 12
"""Words: about two lines of a player's subtitles."""


def as_text(transcript: Transcript) -> str:
    """A line a piece: when it begins, which side, what was said."""
    return "".join(
        f"{_clock(piece.start)[:-4]} {_side(piece)}{piece.text}\n" for piece in transcript.pieces
    )  # fmt: skip


def as_vtt(transcript: Transcript) -> str:
    """Subtitles; a side is a voice (`<v 1>`)."""
    cues = [
        f"{_clock(words[0].start)} --> {_clock(max(words[-1].end, words[0].start + 0.01))}\n{voice}{text}\n"
        for piece in transcript.pieces
        for voice in (f"<v {piece.side + 1}>" if piece.side is not None else "",)
        for words in _cues(piece)
        for text in (html.escape(" ".join(word.text for word in words), quote=False),)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def as_json(transcript: Transcript) -> str:
    """What recordings/transcript.py says, on one line."""
    return msgspec.json.encode(transcript).decode() + "\n"


def _cues(piece: Piece) -> Iterator[tuple[Word, ...]]:
    for at in range(0, len(piece.words), _LONGEST_CUE):
        yield piece.words[at : at + _LONGEST_CUE]


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _side(piece: Piece) -> str:
    return "" if piece.side is None else f"[{piece.side + 1}] "
