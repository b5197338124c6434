"""The report as a table for spreadsheets: CSV and XLSX. No I/O here."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from calltracking.models.model import WHOLE
from calltracking.results.result import HAS_VISITS, By, Result, Results

Cell = str | float | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would reckon a text that begins so; campaigns and pages are what visitors' addresses say."""


def table(found: Results, by: By, heads: Sequence[str], *, money: bool, costs: bool) -> list[list[Cell]]:
    """The heads, the rows, and their sum last; `heads` are those of `columns`."""
    rows = [*found.rows, found.total]
    return [list(heads), *(_row(one, by, money=money, costs=costs) for one in rows)]


def columns(*, money: bool, costs: bool) -> list[str]:
    """The names of the columns after the first."""
    always = ["visits", "calls", "answered", "missed", "unique", "target", "unique_target", "leads", "deals"]
    return [*always, *(["revenue"] if money else []), *(["cost", "cost_per_lead", "romi"] if costs else [])]


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """With a byte-order mark and semicolons, as Excel in Russian opens it; numbers with a comma."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(rows: Sequence[Sequence[Cell]]) -> bytes:
    """One sheet; takes a moment for many rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("report")
    for row in rows:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", _text(cell)) if isinstance(cell, str) else cell for cell in row])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _row(one: Result, by: By, *, money: bool, costs: bool) -> list[Cell]:
    return [one.key, *_numbers(one, by, money=money, costs=costs)]


def _numbers(one: Result, by: By, *, money: bool, costs: bool) -> Iterator[Cell]:
    yield one.visits if by in HAS_VISITS else None
    names = ("calls", "answered", "missed", "uniques", "target", "unique_target", "leads", "deals")
    yield from (round(getattr(one, name) / WHOLE, 3) for name in names)
    if money:
        yield one.revenue / 100
    if costs:
        yield None if one.cost is None else one.cost / 100
        yield None if one.lead_cost is None else round(one.lead_cost, 2)
        yield None if one.romi is None else round(one.romi, 4)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text(cell)
    return f"{cell:.4f}".rstrip("0").rstrip(".").replace(".", ",") if isinstance(cell, float) else str(cell)


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
