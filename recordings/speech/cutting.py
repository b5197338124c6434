"""Long sound in pieces an engine takes whole, cut where it is quietest. No I/O here."""

from collections.abc import Iterator
from typing import Final

from recordings.speech.port import RATE

_FRAME: Final = RATE // 50
"""Samples of 20 ms."""
_QUIET: Final = 10
"""Frames that must be quiet together: a fifth of a second."""


class Cutter:
    """Fed with samples (16 bit) as they come, gives pieces of at most `most` seconds; cuts within the last `within`."""

    def __init__(self, most: float, within: float) -> None:
        self._most = 2 * int(most * RATE)
        self._within = 2 * int(within * RATE)
        self._held = bytearray()
        self.begin = 0.0
        """Seconds of the track at which the piece that was given last begins."""
        self._next = 0.0

    def feed(self, samples: bytes) -> Iterator[bytes]:
        """The pieces that are whole now."""
        self._held += samples
        while len(self._held) >= self._most:
            cut = self._most - self._within + quietest(bytes(self._held[self._most - self._within : self._most]))
            yield self._give(cut)

    def end(self) -> Iterator[bytes]:
        """What is left."""
        if self._held:
            yield self._give(len(self._held))

    def _give(self, size: int) -> bytes:
        piece = bytes(self._held[:size])
        del self._held[:size]
        self.begin, self._next = self._next, self._next + size / (2 * RATE)
        return piece


def quietest(samples: bytes) -> int:
    """The byte in the middle of the quietest fifth of a second; the last such, so that pieces are long."""
    heights = memoryview(samples).cast("h")
    peaks = [_height(heights[at : at + _FRAME]) for at in range(0, len(heights) - _FRAME + 1, _FRAME)]
    if len(peaks) <= _QUIET:
        return len(samples) - len(samples) % 2
    sums = [sum(peaks[at : at + _QUIET]) for at in range(len(peaks) - _QUIET)]
    lowest = min(sums)
    at = max(place for place, value in enumerate(sums) if value == lowest)
    return 2 * _FRAME * (at + _QUIET // 2)


def _height(frame: memoryview) -> int:
    highest, lowest = max(frame), min(frame)
    height: int = max(highest, -lowest)
    return height
