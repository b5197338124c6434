"""A packed file as the format before wrote it: without the sections that came with format 2."""

import zlib
from pathlib import Path

from trunkline.directory.packed import ALIGNMENT, CRC, HEADER, MAGIC, SECTION, SECTIONS_OF


def as_format_1(path: Path) -> None:
    """Write the file of today again as format 1 had it."""
    data = path.read_bytes()
    _, _, _, _, build_id, built_at, _ = HEADER.unpack_from(data)
    count = SECTIONS_OF[1]
    offset = HEADER.size + count * SECTION.size + CRC.size
    table, body = b"", b""
    start = offset
    for place in range(count):
        name, at, length, crc, _ = SECTION.unpack_from(data, HEADER.size + place * SECTION.size)
        padding = -offset % ALIGNMENT
        offset += padding
        table += SECTION.pack(name, offset, length, crc, 0)
        body += bytes(padding) + data[at : at + length]
        offset += length
    table = HEADER.pack(MAGIC, 1, count, 0, build_id, built_at, start + len(body)) + table
    path.write_bytes(table + CRC.pack(zlib.crc32(table)) + body)
