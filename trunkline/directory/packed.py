"""How the packed directory lies on disk, and its memory-mapped reading. No database here.

A header (magic, format version, build id, time, size), a table of sections with a CRC-32 each, a CRC-32 of all that;
then the sections, each at a multiple of 64 bytes:

    meta    msgpack: where it was read from (cluster and snapshot), names of the spam lists
    people  16 bytes a person: briefs name responsible and deputy by place in here
    head    msgpack of values.Head
    ckeys   uint64, sorted: keys of numbers that belong to contacts
    coffs   uint32, one more than keys: where each key's briefs begin in cblob
    cblob   msgpack arrays of briefs
    skeys   uint64, sorted: keys of spam numbers
    sinfo   two bytes a spam number: votes, place of its list in meta
    rkeys   uint64, sorted: numbering ranges (trunkline/numbering/ranges.py)
    rinfo   uint32 a range: its place and operator
    rsteps  uint32: where the ranges of each first four digits begin
    rtext   msgpack of ranges.RangeTexts
    cities  msgpack array of texts: briefs name a contact's city by place in here

Format 1 ended with sinfo, format 2 with rtext. A file of them still answers, without ranges or cities, until the worker
has built the next.
"""

import mmap
import os
import struct
import sys
import zlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from trunkline.directory.values import CLASSES, ContactBrief, Head, SpamEntry
from trunkline.errors import DirectoryUnusable
from trunkline.numbering.ranges import STEPS, RangeTable, RangeTexts

MAGIC = b"TRUNKDIR"
FORMAT = 3
HEADER = struct.Struct("=8sHHI16sdQ")  # magic, format, sections, reserved, build id, built at, file size
SECTION = struct.Struct("=8sQQII")  # name, offset, length, CRC-32, reserved
CRC = struct.Struct("=I")
SECTIONS = (
    "meta",
    "people",
    "head",
    "ckeys",
    "coffs",
    "cblob",
    "skeys",
    "sinfo",
    "rkeys",
    "rinfo",
    "rsteps",
    "rtext",
    "cities",
)
SECTIONS_OF = {1: 8, 2: 12, FORMAT: len(SECTIONS)}
TABLE_SIZE = HEADER.size + len(SECTIONS) * SECTION.size + CRC.size
ALIGNMENT = 64
_CHUNK = 1 << 18


class Meta(msgspec.Struct, frozen=True, array_like=True):
    """Where the file was read from: `origin` names cluster and database, `snapshot` is a pg_snapshot as text."""

    origin: str = ""
    snapshot: str = ""
    spam_sources: tuple[str, ...] = ()


class PackedBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A contact as it lies in cblob: class by place in CLASSES, persons by place in `people`, from 1; 0 is nobody.

    The city is its place in `cities`, the first of which is empty; a brief of an older format has none.
    """

    id: UUID
    name: str
    company: str
    klass: int
    responsible: int
    deputy: int
    vip: bool
    overdue: int
    city: int = 0


_briefs = msgspec.msgpack.Decoder(tuple[PackedBrief, ...])
_head = msgspec.msgpack.Decoder(Head)
_meta = msgspec.msgpack.Decoder(Meta)
_cities = msgspec.msgpack.Decoder(tuple[str, ...])
_texts = msgspec.msgpack.Decoder(RangeTexts)
_NOTHING = memoryview(b"")


@dataclass(frozen=True, slots=True)
class Packed:
    """One packed file, mapped: look-ups by bisection. It stays mapped while anything refers to it."""

    build_id: bytes = b""
    built_at: float = 0.0
    meta: Meta = field(default_factory=Meta)
    head: Head = field(default_factory=Head)
    people: tuple[UUID | None, ...] = (None,)
    contact_keys: memoryview = _NOTHING
    offsets: memoryview = _NOTHING
    blob: memoryview = _NOTHING
    spam_keys: memoryview = _NOTHING
    spam_info: memoryview = _NOTHING
    ranges: RangeTable = field(default_factory=RangeTable)
    format: int = FORMAT
    cities: tuple[str, ...] = ("",)

    def contacts(self, key: int) -> tuple[ContactBrief, ...]:
        """Everybody the number belongs to."""
        place = bisect_left(self.contact_keys, key)
        if place == len(self.contact_keys) or self.contact_keys[place] != key:
            return ()
        briefs = _briefs.decode(self.blob[self.offsets[place] : self.offsets[place + 1]])
        return tuple([self._unpack(brief) for brief in briefs])

    def spam(self, key: int) -> SpamEntry | None:
        """The spam list's entry for the number."""
        place = bisect_left(self.spam_keys, key)
        if place == len(self.spam_keys) or self.spam_keys[place] != key:
            return None
        return SpamEntry(self.spam_info[2 * place], self.meta.spam_sources[self.spam_info[2 * place + 1]])

    def _unpack(self, brief: PackedBrief) -> ContactBrief:
        people = self.people
        return ContactBrief(
            brief.id,
            brief.name,
            brief.company,
            CLASSES[brief.klass],
            people[brief.responsible],
            people[brief.deputy],
            brief.vip,
            brief.overdue,
            self.cities[brief.city],
        )


@dataclass(frozen=True, slots=True)
class _Span:
    offset: int
    length: int
    crc: int


def open_packed(path: Path) -> Packed:
    """Map the file after checking every byte of it; raises DirectoryUnusable saying what is wrong with it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise DirectoryUnusable(f"{path}: {error.strerror}") from error
    try:
        return _map(path, descriptor)
    except (OSError, ValueError, IndexError, struct.error, msgspec.MsgspecError) as error:
        raise DirectoryUnusable(f"{path}: damaged: {error}") from error
    finally:
        os.close(descriptor)


def build_id_of(path: Path) -> bytes | None:
    """The build id in the file's header; None if there is no such file or its header is damaged."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return _read_table(path, descriptor)[1]
    except DirectoryUnusable:
        return None
    finally:
        os.close(descriptor)


def _map(path: Path, descriptor: int) -> Packed:
    version, build_id, built_at, spans = _read_table(path, descriptor)
    for name, span in spans.items():
        if _crc_of(descriptor, span) != span.crc:
            raise DirectoryUnusable(f"{path}: damaged: the checksum of section {name} does not match")
    whole = memoryview(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ))
    part = {name: whole[span.offset : span.offset + span.length] for name, span in spans.items()}
    packed = Packed(
        build_id=build_id,
        built_at=built_at,
        meta=_meta.decode(part["meta"]),
        head=_head.decode(part["head"]),
        people=(None, *_uuids(part["people"])),
        contact_keys=part["ckeys"].cast("Q"),
        offsets=part["coffs"].cast("I"),
        blob=part["cblob"],
        spam_keys=part["skeys"].cast("Q"),
        spam_info=part["sinfo"],
        ranges=_ranges(part) if "rkeys" in part else RangeTable(),
        format=version,
        cities=_cities.decode(part["cities"]) if "cities" in part else ("",),
    )
    if len(packed.offsets) != len(packed.contact_keys) + 1 or len(packed.spam_info) != 2 * len(packed.spam_keys):
        raise DirectoryUnusable(f"{path}: damaged: its sections do not fit each other")
    return packed


def _ranges(part: Mapping[str, memoryview]) -> RangeTable:
    keys, info, steps = part["rkeys"].cast("Q"), part["rinfo"].cast("I"), part["rsteps"].cast("I")
    table = RangeTable(keys, info, steps, _texts.decode(part["rtext"]))
    if len(keys) != len(info) or len(steps) != STEPS + 1:
        raise ValueError("its numbering ranges do not fit each other")
    return table


def _read_table(path: Path, descriptor: int) -> tuple[int, bytes, float, Mapping[str, _Span]]:
    table = os.pread(descriptor, TABLE_SIZE, 0)
    if len(table) < HEADER.size:
        raise DirectoryUnusable(f"{path}: cut short: {len(table)} bytes")
    magic, version, count, _, build_id, built_at, size = HEADER.unpack_from(table)
    if magic != MAGIC:
        raise DirectoryUnusable(f"{path}: not a directory file")
    if SECTIONS_OF.get(version) != count:
        raise DirectoryUnusable(
            f"{path}: format {version} of a {sys.byteorder}-endian reading, we know {FORMAT}; rebuild"
        )
    table = table[: HEADER.size + count * SECTION.size + CRC.size]
    if len(table) < HEADER.size + count * SECTION.size + CRC.size:
        raise DirectoryUnusable(f"{path}: cut short: {len(table)} bytes")
    if CRC.unpack_from(table, len(table) - CRC.size)[0] != zlib.crc32(table[: -CRC.size]):
        raise DirectoryUnusable(f"{path}: damaged: the checksum of its header does not match")
    if (actual := os.fstat(descriptor).st_size) != size:
        raise DirectoryUnusable(f"{path}: cut short: {actual} bytes of {size}")
    spans = {}
    for place in range(count):
        name, offset, length, crc, _ = SECTION.unpack_from(table, HEADER.size + place * SECTION.size)
        spans[name.rstrip(b"\0").decode("ascii")] = _Span(offset, length, crc)
    return version, build_id, built_at, spans


def _crc_of(descriptor: int, span: _Span) -> int:
    """By reads and not through the mapping, so that checking a file does not count as holding it in memory."""
    crc, offset, end = 0, span.offset, span.offset + span.length
    buffer = memoryview(bytearray(_CHUNK))
    while offset < end:
        got = os.preadv(descriptor, [buffer[: min(_CHUNK, end - offset)]], offset)
        if not got:
            break
        crc = zlib.crc32(buffer[:got], crc)
        offset += got
    return crc


def _uuids(raw: memoryview) -> list[UUID]:
    return [UUID(bytes=bytes(raw[place : place + 16])) for place in range(0, len(raw), 16)]
