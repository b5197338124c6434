"""Rows of a CSV or XLSX file as a stream of texts, whatever its encoding and delimiter, within limits."""

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from trunkline.contacts.columns import recognise
from trunkline.errors import InvalidInput, Mistake
from trunkline.notjson import NOT_JSON

LONGEST_LINE = 1 << 20
LONGEST_CELL = 1 << 16
MOST_COLUMNS = 200
_SAMPLE = 1 << 20
_MOST_UNPACKED = 2 << 30
_MOST_RATIO = 250
_MOST_PARTS = 5_000
_LINES_COMPARED = 20
_DELIMITERS = ";,\t|"
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\f\r\x1a"})
_MOSTLY = 0.98  # of a text is no control character; of a picture or an archive a tenth is
_NO_WORKBOOK = (
    *(
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
    ),  # of zipfile: cut, packed otherwise, or locked
    *(SyntaxError, KeyError, ValueError, IndexError, TypeError, AttributeError, OverflowError),  # of openpyxl
    *(OSError, EOFError),
)
"""What comes of a workbook that is none, unwrapped; SyntaxError is the base of ElementTree's ParseError."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its first line in the file (from 1), its cells, how much of the file lies before it (0–1)."""

    line: int
    cells: list[str]
    done: float


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be read as cells."""

    line: int
    message: str


def read_rows(path: Path, fields: Mapping[str, str]) -> Iterator[Row | BrokenRow]:
    """Rows of the file, the header among them; raises InvalidInput if it is no table we can read."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        yield from _listed_rows(path)
    elif start.startswith(b"PK"):
        yield from _xlsx_rows(path)
    elif start == b"\xd0\xcf\x11\xe0":
        raise InvalidInput(Mistake("file", "is an old Excel workbook (.xls); save it as .xlsx or .csv"))
    else:
        yield from _csv_rows(path, fields)


class _Listed(msgspec.Struct):
    phone: str
    votes: int = 1
    rating: str = ""


class _BlockList(msgspec.Struct):
    """PhoneBlock's answer to `GET /api/blocklist` (`?since=` for a delta, in which no votes mean: take it off)."""

    numbers: list[_Listed]


def _listed_rows(path: Path) -> Iterator[Row]:
    """Rows of PhoneBlock's JSON; a row's line is the entry's place in the list, after the header's."""
    try:
        listed = msgspec.json.decode(path.read_bytes().removeprefix(codecs.BOM_UTF8), type=_BlockList).numbers
    except NOT_JSON as error:
        raise InvalidInput(Mistake("file", f"is not a list of numbers in JSON that can be read: {error}")) from error
    yield Row(1, ["phone", "votes", "rating"], 0.0)
    for place, one in enumerate(listed, start=2):
        yield Row(place, [one.phone, str(one.votes), one.rating], place / (len(listed) + 1))


def _csv_rows(path: Path, fields: Mapping[str, str]) -> Iterator[Row | BrokenRow]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw:
        sample = raw.read(_SAMPLE)
        encoding = _encoding(sample)
        if encoding in {"utf-8", "cp1251"} and len(sample.translate(None, _CONTROLS)) < _MOSTLY * len(sample):
            raise InvalidInput(Mistake("file", "is neither text nor a workbook; save it as .xlsx or .csv"))
        raw.seek(0)
        text = io.TextIOWrapper(raw, encoding, errors="replace", newline="")
        lines = _Lines(text)
        delimiter, skip = _delimiter(path, encoding, fields)
        for _ in range(skip):
            next(lines)
        csv.field_size_limit(LONGEST_CELL)
        yield from _parsed(csv.reader(lines, delimiter=delimiter), lines, lambda: raw.tell() / size)


class _Lines:
    """Lines of a text, counted; one that is too long is cut off at the limit and noted."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.number = 0
        self.too_long = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            self.too_long = True
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            return "\n"
        return line


def _parsed(reader: Any, lines: _Lines, done: Callable[[], float]) -> Iterator[Row | BrokenRow]:
    while True:
        first = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BrokenRow(first, f"cannot be read: {error}; is a quotation mark left open?")
            continue
        if lines.too_long:
            lines.too_long = False
            yield BrokenRow(first, f"is longer than {LONGEST_LINE} characters")
        elif len(cells) > MOST_COLUMNS:
            yield BrokenRow(first, f"has more than {MOST_COLUMNS} columns")
        elif cells:
            yield Row(first, cells, done())


def _encoding(sample: bytes) -> str:
    """By byte-order mark, else UTF-8 if most letters are, else Windows-1251 as Excel writes in Russian.

    One row of another encoding does not make a file of it: what it has of Windows-1251 is refused with its row. Russian
    words of Windows-1251 hardly ever make a letter of UTF-8.
    """
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample, final=len(sample) < _SAMPLE)
    broken = text.count("\ufffd")
    letters = sum(not letter.isascii() for letter in text) - broken
    return "utf-8" if letters >= broken else "cp1251"


def _delimiter(path: Path, encoding: str, fields: Mapping[str, str]) -> tuple[str, int]:
    """The delimiter under which the first line has most known headers, then most lines as many of it, then most cells;
    and lines to skip before it.

    Excel's own first line `sep=;` decides at once.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        lines = [text.readline(LONGEST_LINE).strip("\r\n") for _ in range(_LINES_COMPARED)]
    first = lines[0]
    if match := _SEPARATOR_LINE.fullmatch(first):
        return match[1], 1

    def score(delimiter: str) -> tuple[int, int, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        columns = recognise(cells, fields)
        alike = sum(line.count(delimiter) == first.count(delimiter) > 0 for line in lines)
        return len(columns.places) + len(columns.phones), alike, len(cells)

    try:
        return max(_DELIMITERS, key=score), 0
    except csv.Error as error:
        raise InvalidInput(Mistake("file", f"its first line cannot be read as CSV: {error}")) from error


def _xlsx_rows(path: Path) -> Iterator[Row | BrokenRow]:
    """Rows of the first sheet; where the workbook does not say how many there are, the place in the file tells."""
    _refuse_bomb(path)
    import openpyxl  # noqa: PLC0415  (it brings numpy: 0.2 s that every process would start later)

    size = max(path.stat().st_size, 1)
    try:
        with path.open("rb") as raw:
            workbook = openpyxl.load_workbook(raw, read_only=True, data_only=True, keep_links=False)
            sheet = workbook.worksheets[0]
            total = sheet.max_row
            for line, values in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1):
                cells = ["" if value is None else value if type(value) is str else _text(value) for value in values]
                if max(map(len, cells), default=0) > LONGEST_CELL:
                    yield BrokenRow(line, f"has a cell longer than {LONGEST_CELL} characters")
                elif any(cells):
                    yield Row(line, cells, min(line / total if total else raw.tell() / size, 1.0))
    except _NO_WORKBOOK as error:
        raise InvalidInput(Mistake("file", f"is not a workbook that can be read: {error}")) from error


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _NO_WORKBOOK as error:
        raise InvalidInput(Mistake("file", f"is not a workbook that can be read: {error}")) from error
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED or unpacked > _MOST_RATIO * max(packed, 1 << 16):
        raise InvalidInput(Mistake("file", f"unpacks to {unpacked >> 20} MiB, more than a table of contacts can need"))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
