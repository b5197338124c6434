"""A packed file as a format before wrote it: without the sections, and the fields of briefs, that came later."""

import sys
import zlib
from itertools import pairwise
from pathlib import Path

import msgspec

from trunkline.directory.packed import ALIGNMENT, CRC, HEADER, MAGIC, SECTION, SECTIONS_OF

_CITY_SINCE = 3
_FIELDS_BEFORE = 8


def as_format(version: int, path: Path) -> None:
    """Write the file of today again as format `version` had it."""
    data = path.read_bytes()
    _, _, _, _, build_id, built_at, _ = HEADER.unpack_from(data)
    count = SECTIONS_OF[version]
    sections = _sections(data, count)
    if version < _CITY_SINCE:
        _without_cities(sections)
    offset = HEADER.size + count * SECTION.size + CRC.size
    table, body = b"", b""
    start = offset
    for name, content in sections.items():
        padding = -offset % ALIGNMENT
        offset += padding
        table += SECTION.pack(name, offset, len(content), zlib.crc32(content), 0)
        body += bytes(padding) + content
        offset += len(content)
    table = HEADER.pack(MAGIC, version, count, 0, build_id, built_at, start + len(body)) + table
    path.write_bytes(table + CRC.pack(zlib.crc32(table)) + body)


def _sections(data: bytes, count: int) -> dict[bytes, bytes]:
    rows = [SECTION.unpack_from(data, HEADER.size + place * SECTION.size) for place in range(count)]
    return {name: data[at : at + length] for name, at, length, _crc, _ in rows}


def _without_cities(sections: dict[bytes, bytes]) -> None:
    """Briefs as they were while they had no city."""
    (name,) = (name for name in sections if name.startswith(b"coffs"))
    (blob_name,) = (each for each in sections if each.startswith(b"cblob"))
    offsets, blob = memoryview(sections[name]).cast("I"), sections[blob_name]
    blobs = [
        msgspec.msgpack.encode([brief[:_FIELDS_BEFORE] for brief in msgspec.msgpack.decode(blob[start:end])])
        for start, end in pairwise(offsets)
    ]
    starts = [sum(map(len, blobs[:place])) for place in range(len(blobs) + 1)]
    sections[name] = b"".join(start.to_bytes(4, sys.byteorder) for start in starts)
    sections[blob_name] = b"".join(blobs)
