"""A screenshot as a PNG of 256 colours: a third of its size, and the eye sees no difference.

`python -m tests.browser.packing FILE…` packs files where they are.
"""

import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

_MAGIC = b"\x89PNG\r\n\x1a\n"
_KEPT = 255


def packed(png: bytes) -> bytes:
    """The same picture; `png` has 8 bits a channel, as browsers write it."""
    chunks = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    if (depth, kind) == (8, 3):
        return png  # packed already
    assert (depth, kind) in {(8, 2), (8, 6)}, "not as a browser writes it"
    size = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    pixels = [row[place : place + 3] for row in _rows(raw, width * size, size) for place in range(0, len(row), size)]
    palette = [colour for colour, _ in Counter(pixels).most_common(_KEPT)]
    index = {colour: place for place, colour in enumerate(palette)}
    for colour in set(pixels) - index.keys():
        index[colour] = min(range(len(palette)), key=lambda place: _apart(palette[place], colour))
    places = bytes(map(index.__getitem__, pixels))
    rows = b"".join(b"\0" + places[start : start + width] for start in range(0, width * height, width))
    return _MAGIC + b"".join(
        _chunk(name, body)
        for name, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(rows, 9)),
            (b"IEND", b""),
        )
    )


def _apart(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_MAGIC)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _rows(raw: bytes, width: int, size: int) -> Iterator[bytes]:
    """The rows with their filters undone (PNG specification, 9.2)."""
    above = bytes(width)
    for start in range(0, len(raw), width + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + width])
        if kind == 1:
            for place in range(size):
                row[place::size] = bytes(value & 0xFF for value in accumulate(row[place::size]))
        elif kind == 2:
            row = bytearray((one + other) & 0xFF for one, other in zip(row, above, strict=True))
        elif kind:
            _undo(row, above, size, kind)
        above = bytes(row)
        yield above


def _undo(row: bytearray, above: bytes, size: int, kind: int) -> None:
    for place in range(len(row)):
        left, corner = (row[place - size], above[place - size]) if place >= size else (0, 0)
        guess = (left + above[place]) // 2 if kind == 3 else _paeth(left, above[place], corner)
        row[place] = (row[place] + guess) & 0xFF


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_bytes(packed(Path(name).read_bytes()))
