"""Long sound in pieces an engine takes whole, cut where it is quietest. No I/O here."""

from collections.abc import Iterator
from typing import Final

from recordings.speech.port import RATE

_FRAMES: Final = 50
"""A second: of 20 ms each."""
_QUIET: Final = 10
"""Frames that must be quiet together: a fifth of a second."""


class Cutter:
    """Fed with samples (16 bit) as they come, gives pieces of at most `most` seconds; cuts within the last `within`."""

    def __init__(self, most: float, within: float, rate: int = RATE) -> None:
        self._rate = rate
        self._most = 2 * int(most * rate)
        self._within = 2 * int(within * rate)
        self._held = bytearray()
        self.begin = 0.0
        """Seconds of the track at which the piece that was given last begins."""
        self._next = 0.0

    def feed(self, samples: bytes) -> Iterator[bytes]:
        """The pieces that are whole now."""
        self._held += samples
        while len(self._held) >= self._most:
            first = self._most - self._within
            yield self._give(first + quietest(bytes(self._held[first : self._most]), self._rate))

    def end(self) -> Iterator[bytes]:
        """What is left."""
        if self._held:
            yield self._give(len(self._held))

    def _give(self, size: int) -> bytes:
        piece = bytes(self._held[:size])
        del self._held[:size]
        self.begin, self._next = self._next, self._next + size / (2 * self._rate)
        return piece


def quietest(samples: bytes, rate: int = RATE) -> int:
    """The byte in the middle of the quietest fifth of a second; the last such, so that pieces are long."""
    heights, frame = memoryview(samples).cast("h"), rate // _FRAMES
    peaks = [_height(heights[at : at + frame]) for at in range(0, len(heights) - frame + 1, frame)]
    if len(peaks) <= _QUIET:
        return len(samples) - len(samples) % 2
    sums = [sum(peaks[at : at + _QUIET]) for at in range(len(peaks) - _QUIET)]
    lowest = min(sums)
    at = max(place for place, value in enumerate(sums) if value == lowest)
    return 2 * frame * (at + _QUIET // 2)


def _height(frame: memoryview) -> int:
    highest, lowest = max(frame), min(frame)
    height: int = max(highest, -lowest)
    return height
