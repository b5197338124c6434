"""Frames of length, CRC-32 and payload, one behind the other: how the directory's logs lie on disk. No database here.

A torn frame at the end is none: a reader comes back for it, a writer cuts it off.
"""

import struct
import zlib
from collections.abc import Iterator

_FRAME = struct.Struct("<II")
_LONGEST = 1 << 28


def framed(payload: bytes) -> bytes:
    """`payload` as it lies in a log."""
    return _FRAME.pack(len(payload), zlib.crc32(payload)) + payload


def frames(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The payload of each whole frame of `data`, and where it ends."""
    end = 0
    while (payload := _payload_at(data, end)) is not None:
        end += _FRAME.size + len(payload)
        yield payload, end


def _payload_at(data: bytes, start: int) -> bytes | None:
    if len(data) < start + _FRAME.size:
        return None
    length, crc = _FRAME.unpack_from(data, start)
    payload = data[start + _FRAME.size : start + _FRAME.size + length]
    if not 0 < length <= _LONGEST or len(payload) < length or zlib.crc32(payload) != crc:
        return None
    return payload
