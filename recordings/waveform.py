"""What the player draws and skips: the peaks of a recording as shapes, and where nobody speaks. No I/O here."""

from dataclasses import dataclass
from typing import Final

from recordings.recording import Recording

_WIDTH: Final = 400
"""Columns of a drawing: what a phone has pixels for."""
_HEIGHT: Final = 20
_QUIET: Final = 6
"""Of 255: noise of a line; speech is far above."""
_LEAST_SILENCE: Final = 1.5
"""Seconds; a shorter one belongs to the talk."""
_MARGIN: Final = 0.3
"""Seconds of a silence that are heard at each of its ends."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """`sides`: for each the points of an SVG polygon in a box of `width` × `height`; silences in seconds."""

    width: int
    height: int
    sides: tuple[str, ...]
    silences: tuple[tuple[float, float], ...]


def waveform_of(one: Recording) -> Waveform:
    """Of a recording that was converted."""
    count = min(max(one.channels, 1), 2)
    length = len(one.peaks) // count
    sides = [one.peaks[side * length : (side + 1) * length] for side in range(count)]
    return Waveform(_WIDTH, _HEIGHT, tuple(map(_points, sides)), silences(sides, one.seconds))


def silences(sides: list[bytes], seconds: float) -> tuple[tuple[float, float], ...]:
    """Where no side is heard for a while, without the margins at both ends."""
    loudest = [max(both) for both in zip(*sides, strict=True)]
    if not loudest or not seconds:
        return ()
    step = seconds / len(loudest)
    found, since = [], None
    for place, height in enumerate([*loudest, 255]):
        if height <= _QUIET and since is None:
            since = place
        elif height > _QUIET and since is not None:
            if (place - since) * step >= _LEAST_SILENCE:
                found.append((round(since * step + _MARGIN, 2), round(place * step - _MARGIN, 2)))
            since = None
    return tuple(found)


def _points(peaks: bytes) -> str:
    """Mirrored about the middle; the loudest of each column."""
    columns = min(_WIDTH, len(peaks)) or 1
    heights = [
        max(peaks[at * len(peaks) // columns : (at + 1) * len(peaks) // columns] or b"\0") for at in range(columns)
    ]
    middle, wide = _HEIGHT / 2, _WIDTH / columns
    upper = [(place * wide, middle - middle * height / 255) for place, height in enumerate(heights)]
    lower = [(x, _HEIGHT - y) for x, y in reversed(upper)]
    return " ".join(f"{x:.4g},{y:.3g}" for x, y in (*upper, *lower))
