"""The reading side: whole records in order from a position on, over torn tails and damage."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from trunkline.log import get_logger
from trunkline.spool.record import MAGIC, OVERHEAD, Position, Record, decode_at, newest_segment, segment_name

log = get_logger(__name__)

START = Position(0, 0)
_CHUNK_BYTES = 1024 * 1024


class SpoolReader:
    """Reads one process's spool while that process goes on writing it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.damaged_bytes = 0

    def read(self, position: Position, *, most: int = 2000) -> tuple[list[Record], Position]:
        """Up to `most` records behind `position` and where to go on; nothing new gives an empty list."""
        records: list[Record] = []
        numbers = self._segments_from(position.segment)
        for number in numbers:
            is_last = number == numbers[-1]
            start = position.offset if number == position.segment else 0
            for item in self._scan(number, start, is_last=is_last):
                position = item.end if isinstance(item, Record) else item
                if isinstance(item, Record):
                    records.append(item)
                if len(records) >= most:
                    return records, position
            if not is_last:
                position = Position(number + 1, 0)
        return records, position

    def has_more(self, position: Position) -> bool:
        """Whether anything lies behind `position`: two system calls, so that an idle spool costs next to nothing."""
        try:
            if (self._directory / segment_name(position.segment)).stat().st_size > position.offset:
                return True
        except FileNotFoundError:
            pass
        return bool(self._segments_from(position.segment + 1))

    def is_behind(self, position: Position) -> bool:
        """Whether this spool never reached `position`: its folder was replaced, and reading begins anew."""
        return position.segment > newest_segment(self._directory)

    def release(self, position: Position) -> None:
        """Delete the segments before `position`: all of them is stored."""
        for number in self._segments_from(0):
            if number < position.segment:
                with contextlib.suppress(FileNotFoundError):
                    (self._directory / segment_name(number)).unlink()

    def waiting_bytes(self, position: Position) -> int:
        """Bytes behind `position`."""
        total = 0
        for number in self._segments_from(position.segment):
            with contextlib.suppress(FileNotFoundError):
                total += (self._directory / segment_name(number)).stat().st_size
        return max(0, total - position.offset)

    def _segments_from(self, first: int) -> list[int]:
        try:
            names = os.listdir(self._directory)  # noqa: PTH208  (called often; names are all it needs)
        except FileNotFoundError:
            return []
        numbers = (int(name[:-6]) for name in names if name.endswith(".spool") and name[:-6].isdigit())
        return sorted(number for number in numbers if number >= first)

    def _scan(self, number: int, start: int, *, is_last: bool) -> Iterator[Record | Position]:
        """Records of one segment; a Position where damaged bytes were passed over."""
        try:
            descriptor = os.open(self._directory / segment_name(number), os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            yield from self._scan_open(descriptor, number, start, is_last=is_last)
        finally:
            os.close(descriptor)

    def _scan_open(self, descriptor: int, number: int, start: int, *, is_last: bool) -> Iterator[Record | Position]:
        size, wanted = os.fstat(descriptor).st_size, _CHUNK_BYTES
        while start < size:
            data = os.pread(descriptor, min(wanted, size - start), start)
            offset = 0
            while not isinstance(found := decode_at(data, offset), int):
                if found is None:
                    skipped = _next_magic(data, offset)
                    self._count_damage(number, start + offset, skipped - offset)
                    offset = skipped
                    yield Position(number, start + offset)
                    continue
                kind, at, payload = found
                offset += OVERHEAD + len(payload)
                yield Record(kind, at, payload, Position(number, start + offset))
            start += offset
            if start + found > size:
                break
            wanted = max(_CHUNK_BYTES, found)
        if start < size and not is_last:
            self._count_damage(number, start, size - start)

    def _count_damage(self, segment: int, offset: int, length: int) -> None:
        self.damaged_bytes += length
        log.error("spool_damaged", directory=str(self._directory), segment=segment, offset=offset, bytes=length)


def _next_magic(data: bytes, offset: int) -> int:
    found = data.find(MAGIC, offset + 1)
    return found if found >= 0 else max(offset + 1, len(data) - 1)
