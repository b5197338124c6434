"""Writes a packed directory file as a stream: memory stays flat whatever the size. No database here."""

import datetime as dt
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self
from uuid import UUID

import msgspec

from trunkline.directory.packed import (
    ALIGNMENT,
    CRC,
    FORMAT,
    HEADER,
    MAGIC,
    SECTION,
    SECTIONS,
    TABLE_SIZE,
    Meta,
    PackedBrief,
)
from trunkline.directory.values import CLASSES, ContactBrief, Head, SpamEntry, number_key
from trunkline.errors import DirectoryUnusable
from trunkline.numbering.ranges import MOST_TEXTS, RangeTexts, StepIndex, range_info, range_key
from trunkline.numbering.region import RegionKind

MOST_SPAM_SOURCES = 255
MOST_CITIES = 0xFFFF
"""Spellings of cities a file names; a field that holds whole addresses must not fill the memory of every process."""
_BUFFER = 1 << 18
_NO_REGISTRIES: Mapping[str, dt.date] = {}
_ORDER: Literal["little", "big"] = sys.byteorder
_CLASS_PLACES = {klass: place for place, klass in enumerate(CLASSES)}
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


class _Section:
    """One section on its way to disk, in an unnamed file that vanishes with the process."""

    def __init__(self, folder: Path) -> None:
        self.file = tempfile.TemporaryFile(dir=folder, buffering=_BUFFER)  # noqa: SIM115 - the Packer closes it
        self.length = 0
        self.crc = 0

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.length += len(data)
        self.crc = zlib.crc32(data, self.crc)


class Packer(AbstractContextManager["Packer"]):
    """Takes numbers in the order of their keys and writes the file at the end.

    Nothing has the file's name before `finish` has written and fsynced all of it.
    """

    def __init__(self, path: Path, people: Sequence[UUID]) -> None:
        self._path = path
        self._stack = ExitStack()
        self._sections = {name: _Section(path.parent) for name in SECTIONS}
        for section in self._sections.values():
            self._stack.enter_context(section.file)
        self._people: dict[UUID | None, int] = {person: place for place, person in enumerate(people, start=1)}
        self._sections["people"].write(b"".join(person.bytes for person in people))
        self._last_contact = self._last_spam = self._last_range = -1
        self._places: dict[tuple[RegionKind, tuple[str, ...]], int] = {}
        self._operators: dict[str, int] = {}
        self._cities = {"": 0}
        self._steps = StepIndex()
        self.contacts = self.spam_numbers = self.ranges = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add_contacts(self, key: int, briefs: Sequence[ContactBrief]) -> None:
        """Everybody one number belongs to."""
        if key <= self._last_contact:
            raise ValueError(f"contact keys must rise: {key} after {self._last_contact}")
        blob = self._sections["cblob"]
        self._sections["ckeys"].write(key.to_bytes(8, _ORDER))
        self._sections["coffs"].write(blob.length.to_bytes(4, _ORDER))
        blob.write(_encoder.encode([self._pack(brief) for brief in briefs]))
        if blob.length >= 1 << 32:
            raise DirectoryUnusable("the contacts' briefs exceed 4 GiB, the most one directory file can hold")
        self._last_contact = key
        self.contacts += len(briefs)

    def add_spam(self, keys: bytes, info: bytes) -> None:
        """A run of spam numbers: native uint64 keys, two bytes of info each; rising over all calls."""
        self._sections["skeys"].write(keys)
        self._sections["sinfo"].write(info)
        self.spam_numbers += len(keys) // 8

    def add_range(self, first: int, last: int, kind: RegionKind, subjects: tuple[str, ...], operator: str) -> None:
        """One numbering range, ten digits each; rising and apart from each other."""
        if first <= self._last_range:
            raise ValueError(f"ranges must rise: {first} after {self._last_range}")
        place = self._places.setdefault((kind, subjects), len(self._places))
        holder = self._operators.setdefault(operator, len(self._operators))
        if max(place, holder) >= MOST_TEXTS:
            raise DirectoryUnusable(f"the numbering ranges name over {MOST_TEXTS} places or operators")
        self._steps.add(first, self.ranges)
        self._sections["rkeys"].write(range_key(first, last).to_bytes(8, _ORDER))
        self._sections["rinfo"].write(range_info(place, holder).to_bytes(4, _ORDER))
        self._last_range = last
        self.ranges += 1

    def finish(
        self,
        head: Head,
        meta: Meta,
        *,
        build_id: bytes,
        built_at: float,
        registries: Mapping[str, dt.date] = _NO_REGISTRIES,
    ) -> int:
        """Write the file, fsync it and give it its name; returns its size. `registries` are days by first digit."""
        texts = RangeTexts(tuple(self._places), tuple(self._operators), dict(registries))
        self._sections["rsteps"].write(self._steps.finish(self.ranges))
        self._sections["cities"].write(_encoder.encode(tuple(self._cities)))
        self._sections["rtext"].write(_encoder.encode(texts))
        self._sections["coffs"].write(self._sections["cblob"].length.to_bytes(4, _ORDER))
        self._sections["head"].write(_encoder.encode(head))
        self._sections["meta"].write(_encoder.encode(meta))
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb", buffering=_BUFFER) as file:
                size = self._write(file, build_id, built_at)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)
        fsync_folder(self._path.parent)
        return size

    def _write(self, file: BinaryIO, build_id: bytes, built_at: float) -> int:
        table, offset = b"", TABLE_SIZE
        for name, section in self._sections.items():
            offset += -offset % ALIGNMENT
            table += SECTION.pack(name.encode("ascii"), offset, section.length, section.crc, 0)
            section.file.seek(0)
            file.seek(offset)
            shutil.copyfileobj(section.file, file, _BUFFER)
            offset += section.length
        file.truncate(offset)
        table = HEADER.pack(MAGIC, FORMAT, len(SECTIONS), 0, build_id, built_at, offset) + table
        file.seek(0)
        file.write(table + CRC.pack(zlib.crc32(table)))
        return offset

    def _pack(self, brief: ContactBrief) -> PackedBrief:
        people = self._people
        return PackedBrief(
            brief.id,
            brief.name,
            brief.company,
            _CLASS_PLACES[brief.klass],
            people.get(brief.responsible, 0),
            people.get(brief.deputy, 0),
            brief.vip,
            brief.overdue,
            self._city(brief.city),
        )

    def _city(self, name: str) -> int:
        """Its place in the file, as far as there is room."""
        cities = self._cities
        return cities.setdefault(name, len(cities)) if len(cities) <= MOST_CITIES else cities.get(name, 0)


def fsync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def pack(
    path: Path,
    *,
    contacts: Mapping[str, Sequence[ContactBrief]],
    spam: Mapping[str, SpamEntry],
    head: Head,
    built_at: float,
    build_id: bytes,
    snapshot: str = "",
    ranges: Sequence[tuple[int, int, RegionKind, tuple[str, ...], str]] = (),
    registries: Mapping[str, dt.date] = _NO_REGISTRIES,
) -> None:
    """Write a whole file from values: for tests, demonstrations and measurements without a database."""
    persons = {person for briefs in contacts.values() for b in briefs for person in (b.responsible, b.deputy) if person}
    sources = sorted({entry.source for entry in spam.values()})
    with Packer(path, sorted(persons)) as packer:
        for key, briefs in sorted((number_key(number), briefs) for number, briefs in contacts.items()):
            packer.add_contacts(key, briefs)
        for key, entry in sorted((number_key(number), entry) for number, entry in spam.items()):
            packer.add_spam(key.to_bytes(8, _ORDER), bytes((min(entry.votes, 255), sources.index(entry.source))))
        for found in ranges:
            packer.add_range(*found)
        meta = Meta(snapshot=snapshot, spam_sources=tuple(sources))
        packer.finish(head, meta, build_id=build_id, built_at=built_at, registries=registries)
