"""Rows as a file for spreadsheets: CSV and XLSX. No I/O here."""

import csv
import io
from collections.abc import Sequence
from typing import Final

Cell = str | float | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet would reckon a text that begins so; campaigns and pages are what visitors' addresses say."""


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """With a byte-order mark and semicolons, as Excel in Russian opens it; numbers with a comma."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(rows: Sequence[Sequence[Cell]]) -> bytes:
    """One sheet; takes a moment for many rows."""
    import openpyxl  # noqa: PLC0415  (as in trunkline/contacts/sheets.py)
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("report")
    for row in rows:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", _text(cell)) if isinstance(cell, str) else cell for cell in row])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text(cell)
    return f"{cell:.4f}".rstrip("0").rstrip(".").replace(".", ",") if isinstance(cell, float) else str(cell)


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
