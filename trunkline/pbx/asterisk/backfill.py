"""Rows of Asterisk's CEL file that tell what happened while nobody listened, as frames like those of the live stream.

Each row becomes an ``Event: CEL`` frame with the headers of Asterisk's own cel_manager, so one applier reads both. The
same row gives the same bytes on every node, so filling a gap twice is harmless. The file is the one that
config/asterisk/cel_custom.conf.example writes: time in seconds since the epoch, one row a line, the columns below.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from trunkline.errors import TrunklineError

COLUMNS = (
    "EventName",
    "EventTime",
    "CallerIDname",
    "CallerIDnum",
    "CallerIDani",
    "CallerIDrdnis",
    "CallerIDdnid",
    "Exten",
    "Context",
    "Channel",
    "Application",
    "AppData",
    "AMAFlags",
    "AccountCode",
    "UniqueID",
    "LinkedID",
    "Peer",
    "Userfield",
    "UserDefType",
    "Extra",
)
"""Header of each column, in the file's order."""

RUN_BYTES = 256 * 1024
_BLOCK_BYTES = 1 << 20
_DISORDER_SECONDS = 5.0  # rows are written by several threads: neighbours may be this much out of order


class CelUnreadable(TrunklineError):
    """The CEL file is absent or may not be read; the text says which."""


@dataclass(slots=True)
class Tally:
    """How many rows were read, and how many lines are no rows of ours (another mapping, another date format)."""

    rows: int = 0
    strange: int = 0


def runs_between(path: Path, since: float, until: float, tally: Tally) -> Iterator[bytes]:
    """Yield runs of frames for the rows of [since, until]; counts in `tally`. Raises CelUnreadable.

    A file rotated meanwhile (``path.1``) is read first when the gap began in it.
    """
    run: list[bytes] = []
    size = 0
    for line in _lines_since(path, since):
        row = _row(line)
        if row is None:
            tally.strange += 1
            continue
        if not since <= float(row[1]) <= until:
            continue
        tally.rows += 1
        run.append(cel_frame(row))
        size += len(run[-1])
        if size > RUN_BYTES:
            yield b"".join(run)
            run, size = [], 0
    if run:
        yield b"".join(run)


def cel_frame(row: list[str]) -> bytes:
    """The AMI frame of one row, its blank line included."""
    headers = (f"{name}: {_one_line(value)}\r\n" for name, value in zip(COLUMNS, row, strict=True))
    return ("Event: CEL\r\n" + "".join(headers) + "\r\n").encode()


def newest_lines(path: Path) -> list[bytes]:
    """The last whole lines, some dozens of them. Raises CelUnreadable."""
    return list(_lines_from(path, _tail_offset(path)))


def time_of(line: bytes) -> float | None:
    """When the row was written; None where the line is no row."""
    row = _row(line)
    return None if row is None else float(row[1])


def columns_of(line: bytes) -> int:
    """How many columns a line has, whatever they are; 0 where it is no CSV."""
    try:
        return len(next(csv.reader([_text(line)]), []))
    except csv.Error:
        return 0


def rotated(path: Path) -> Path:
    """Where the rows before are, after a rotation."""
    return path.with_name(f"{path.name}.1")


def _lines_since(path: Path, since: float) -> Iterator[bytes]:
    offset = _offset_before(path, since)
    before = rotated(path)
    if offset == 0 and before.exists():
        yield from _lines_from(before, _offset_before(before, since))
    yield from _lines_from(path, offset)


def _lines_from(path: Path, offset: int) -> Iterator[bytes]:
    with _opened(path) as file:
        file.seek(offset)
        for line in file:
            if line.endswith(b"\n"):  # else it is being written
                yield line


def _offset_before(path: Path, since: float) -> int:
    """A place in the file at the start of a line with all rows from `since` on behind it; 0 when all may be."""
    with _opened(path) as file:
        offset = file.seek(0, 2)
        while offset > 0:
            offset = max(0, offset - _BLOCK_BYTES)
            file.seek(offset)
            if offset > 0:
                file.readline()  # the line that the block begins within
            start = file.tell()
            row = _row(file.readline())
            if row is not None and float(row[1]) < since - _DISORDER_SECONDS:
                return start
    return 0


def _tail_offset(path: Path) -> int:
    with _opened(path) as file:
        offset = max(0, file.seek(0, 2) - 16 * 1024)
        file.seek(offset)
        if offset:
            file.readline()
        return file.tell()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise CelUnreadable(f"{path}: {error.strerror}") from error


def _row(line: bytes) -> list[str] | None:
    try:
        row = next(csv.reader([_text(line)]), [])
        float(row[1] if len(row) == len(COLUMNS) else "")
    except (csv.Error, ValueError):
        return None
    return row


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").rstrip("\r\n").replace("\0", "\\x00")


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")
