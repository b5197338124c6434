"""A transcript as a file: lines to read, subtitles (WebVTT, https://www.w3.org/TR/webvtt1/), or JSON. No I/O here."""

import html
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from recordings.transcript import Piece, Transcript, Word
from trunkline.web.human import clock

_LONGEST_CUE: Final = 12
"""Words: about two lines of a player's subtitles."""


def as_text(transcript: Transcript, voices: Sequence[str] | None = None) -> str:
    """A line a piece: when it begins, whose it is, what was said; `voices`: the name of each piece's, else its side."""
    named = zip(transcript.pieces, voices or _sides(transcript), strict=True)
    return "".join(f"[{clock(piece.start)}] {f'{voice}: ' if voice else ''}{piece.text}\n" for piece, voice in named)


def as_vtt(transcript: Transcript, voices: Sequence[str] | None = None) -> str:
    """Subtitles of two lines at most; whoever speaks is a voice (`<v 1>`), named as in `as_text`."""
    cues = [
        f"{_clock(words[0].start)} --> {_clock(max(words[-1].end, words[0].start + 0.01))}\n"
        + (f"<v {html.escape(voice, quote=False)}>" if voice else "")
        + html.escape(" ".join(word.text for word in words), quote=False)
        + "\n"
        for piece, voice in zip(transcript.pieces, voices or _sides(transcript), strict=True)
        for words in _cues(piece)
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


def _sides(transcript: Transcript) -> list[str]:
    return ["" if piece.side is None else str(piece.side + 1) for piece in transcript.pieces]
