"""The registry's files: three generations of one table, read line by line. No I/O here.

pbx.md §5.1: `АВС/ DEF;От;До;Емкость;Оператор;Регион` in Windows-1251 (2020), then with «ИНН» in UTF-8 and unpadded
numbers (2023), then with «Территория ГАР» between them (2026), whose «Регион» is often `-`. Columns are found by name.
A line is a line: quotation marks are as often unpaired as doubled, and no cell has ever held a line break.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trunkline.contacts.rows import Problem
from trunkline.errors import InvalidInput, Mistake
from trunkline.numbering.region import RegionKind, plan_kind
from trunkline.numbering.subjects import Place, place_of

DELIMITER = ";"
_LONGEST_OPERATOR = 200
_HEADERS = {
    "от": "from", "до": "to", "емкость": "capacity", "оператор": "operator", "регион": "region",
    "территория гар": "territory", "инн": "tax_id",
}  # fmt: skip
_NEEDED = {"code": "АВС/ DEF", "from": "От", "to": "До", "operator": "Оператор", "region": "Регион"}
_NO_REGION = frozenset(("", "-", "–", "—"))


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers given to one operator for one place; `first` and `last` have ten digits, without +7."""

    first: int
    last: int
    place: Place
    operator: str

    @property
    def size(self) -> int:
        """How many numbers."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line says, and what is odd about it."""

    line: int
    range: NumberRange
    problems: tuple[Problem, ...] = ()


class Columns:
    """Where each column stands; raises InvalidInput where the header is not the registry's."""

    def __init__(self, header: str) -> None:
        self._names = [_column(cell) for cell in _cells(header, 0)]
        self._places = {name: place for place, name in enumerate(self._names) if name}
        if missing := [_NEEDED[name] for name in _NEEDED if name not in self._places]:
            raise InvalidInput(
                Mistake("file", f"is no numbering registry: its first line has no column {', '.join(missing)}")
            )

    def cells(self, line: str) -> dict[str, str]:
        """The line's cells by column; raises ValueError if it has another number of them than the header."""
        cells = _cells(line, len(self._names))
        if len(cells) != len(self._names):
            raise ValueError(f"has {len(cells)} columns, the first line has {len(self._names)}")
        return {name: cells[place].strip() for name, place in self._places.items()}


def decoded(data: bytes) -> str:
    """The file's text: UTF-8 with or without a byte-order mark, else Windows-1251 as before 2021."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def read_entries(lines: Sequence[str]) -> Iterator[Entry | Problem]:
    """Each line after the header as an entry, or what is wrong with it. Raises InvalidInput if this is no registry."""
    columns = Columns(lines[0] if lines else "")
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            yield _entry(number, line, columns)


def without_overlaps(entries: Sequence[Entry]) -> tuple[list[Entry], list[Problem]]:
    """The entries in the order of their numbers; of two that overlap the one further down in the file is refused."""
    kept: list[Entry] = []
    problems: list[Problem] = []
    for entry in sorted(entries, key=lambda each: (each.range.first, each.line)):
        before = kept[-1] if kept else None
        if before is None or entry.range.first > before.range.last:
            kept.append(entry)
            continue
        earlier, later = sorted((before, entry), key=lambda each: each.line)
        kept[-1] = earlier
        problems.append(Problem(later.line, "От", f"overlaps the range of line {earlier.line}", True))
    return kept, problems


def merged(entries: Sequence[Entry]) -> list[NumberRange]:
    """Ranges without overlaps, neighbours of the same place and operator as one; never over a first digit."""
    ranges: list[NumberRange] = []
    for entry in entries:
        found = entry.range
        before = ranges[-1] if ranges else None
        if before is not None and _continues(before, found):
            ranges[-1] = NumberRange(before.first, found.last, found.place, found.operator)
        else:
            ranges.append(found)
    return ranges


def _continues(before: NumberRange, found: NumberRange) -> bool:
    same = before.place == found.place and before.operator == found.operator
    return same and before.last + 1 == found.first and found.first % 10**9 != 0


def _column(cell: str) -> str:
    name = " ".join(cell.lower().replace("ё", "е").split())
    return "code" if "def" in name else _HEADERS.get(name, "")


def _cells(line: str, expected: int) -> list[str]:
    """Cut as CSV; where a lone quotation mark has swallowed delimiters, at each of them."""
    try:
        cells = next(csv.reader([line], delimiter=DELIMITER), [])
    except csv.Error:
        cells = []
    return cells if not expected or len(cells) == expected else [cell.strip('"') for cell in line.split(DELIMITER)]


def _entry(number: int, line: str, columns: Columns) -> Entry | Problem:
    try:
        cells = columns.cells(line)
        first, last = _number(cells, "from"), _number(cells, "to")
    except ValueError as error:
        return Problem(number, "", str(error), True)
    if last < first:
        return Problem(number, "До", f"{cells['to']} is below От {cells['from']}", True)
    problems = []
    capacity = cells.get("capacity", "")
    if capacity and capacity != str(last - first + 1):
        message = f"{capacity} is not the {last - first + 1} numbers of От–До; taken as От–До says"
        problems.append(Problem(number, "Емкость", message, False))
    place = _place(cells, first)
    if place.kind is RegionKind.UNKNOWN:
        text = cells["region"] if cells["region"] not in _NO_REGION else cells.get("territory", "")
        problems.append(Problem(number, "Регион", f"{text or '-'} names no subject we know; taken without one", False))
    return Entry(number, NumberRange(first, last, place, cells["operator"][:_LONGEST_OPERATOR]), tuple(problems))


def _place(cells: dict[str, str], first: int) -> Place:
    """By the plan, by «Регион», else by «Территория ГАР»."""
    kind = plan_kind(f"{first:010d}")
    if kind is not None:
        return Place(kind)
    region, territory = cells["region"], cells.get("territory", "")
    found = Place(RegionKind.UNKNOWN) if region in _NO_REGION else place_of(region)
    return place_of(territory) if found.kind is RegionKind.UNKNOWN and territory else found


def _number(cells: dict[str, str], column: str) -> int:
    code, rest = cells["code"], cells[column]
    if not (code.isascii() and code.isdigit() and len(code) == 3):
        raise ValueError(f"АВС/ DEF {code!r} is no code of three digits")
    if not (rest.isascii() and rest.isdigit() and len(rest) <= 7):
        raise ValueError(f"{_NEEDED[column]} {rest!r} is no number of up to seven digits")
    return int(code) * 10**7 + int(rest)
