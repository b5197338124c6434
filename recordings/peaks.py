"""How loud it was, twenty times a second: what the player draws. No I/O here."""

from recordings.media import PEAK_RATE
from recordings.recording import MOST_PEAKS, PEAKS_A_SECOND

_STEP = PEAK_RATE // PEAKS_A_SECOND
_HEIGHTS = bytes(min(255, 2 * (upper if upper < 128 else 255 - upper)) for upper in range(256))
"""Of a sample's upper byte, which is signed, how far from silence it is."""


class Peaks:
    """Fed with samples of `sides` interleaved sides (16 bit, little-endian, of any chunk's length) as they come."""

    def __init__(self, sides: int) -> None:
        self._sides = sides
        self._block = 2 * sides * _STEP
        self._held = b""
        self._samples = 0
        self._peaks: list[list[int]] = [[] for _ in range(sides)]

    def feed(self, chunk: bytes) -> None:
        """More of it."""
        held = self._held + chunk if self._held else chunk
        whole = len(held) - len(held) % self._block
        self._look(held[:whole])
        self._held = held[whole:]
        self._samples += len(chunk)

    def _look(self, blocks: bytes) -> None:
        """By the upper byte of each sample alone: a waveform is no finer, and it is a sixth of the work."""
        upper = blocks[1::2].translate(_HEIGHTS)
        for side, peaks in enumerate(self._peaks):
            heights = upper[side :: self._sides]
            peaks.extend(max(heights[at : at + _STEP]) for at in range(0, len(heights), _STEP))

    @property
    def seconds(self) -> float:
        """How long it was until now."""
        return self._samples / (2 * self._sides * PEAK_RATE)

    def whole(self) -> bytes:
        """The peaks of all of it, the sides one after the other, at most MOST_PEAKS each."""
        if rest := len(self._held) - len(self._held) % (2 * self._sides):
            self._look(self._held[:rest])
        self._held = b""
        return b"".join(bytes(_fewer(peaks)) for peaks in self._peaks)


def _fewer(peaks: list[int]) -> list[int]:
    count = len(peaks)
    if count <= MOST_PEAKS:
        return peaks
    return [max(peaks[at * count // MOST_PEAKS : (at + 1) * count // MOST_PEAKS]) for at in range(MOST_PEAKS)]
