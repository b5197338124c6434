"""What somebody outside puts into a name or number stays text: in spreadsheets, in logs, in headers."""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Final

import openpyxl
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.attack.test_code import calls, dotted, modules
from trunkline import log
from trunkline.spreadsheet import as_csv, as_xlsx

_FORMULAS: Final = (
    "=1+1",
    "+7(916)",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("//a")',
)
_WRITERS: Final = {
    "trunkline/spreadsheet.py",  # here
    "trunkline/phonebook/formats.py",  # tests/phonebook/test_formats.py
    "trunkline/contacts/imports.py",  # tests/contacts/test_import_pages.py
    "trunkline/numbering/imports.py",  # tests/numbering/test_imports.py
    "calltracking/exports/metrica.py",  # for a machine: lines and goals of our own spelling
}


@pytest.mark.parametrize("text", _FORMULAS)
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    told = list(csv.reader(io.StringIO(as_csv([[text]]).decode("utf-8-sig"), newline=""), delimiter=";"))
    assert told == [[f"'{text}"]]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx([[text]]))).active
    assert sheet is not None
    assert sheet["A1"].data_type == "s"


@given(st.text(max_size=20))
def test_whatever_a_cell_holds_it_is_one_cell(text: str) -> None:
    told = list(csv.reader(io.StringIO(as_csv([[text, "end"]]).decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row[-1] for row in told] == ["end"]
    assert told[0][0].removeprefix("'") == text.removeprefix("'")


def test_tables_are_written_where_formulas_are_disarmed() -> None:
    writers = {path for path, tree in modules().items() if "csv.writer" in {dotted(one) for one in calls([tree])}}
    assert writers == _WRITERS


@pytest.fixture
def logged() -> Iterator[None]:
    """The logs as they were, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize(
    "said", ["+7916\r\n2026-11-28 [info] forged", "a\nb", "\x1b[2Jgone", "x\u2028y", "a\x0bb\x85c"]
)
def test_a_line_of_the_log_is_one_line(capsys: pytest.CaptureFixture[str], logged: None, style: str, said: str) -> None:
    log.configure("info", style, mask_numbers=True)
    structlog.stdlib.get_logger("attack").info("call_began", name=said)
    logging.getLogger("foreign").info("said %s", said)
    told = capsys.readouterr().err
    assert [line for line in told.split("\n") if line][2:] == []
    assert len(told.splitlines()) == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", told)
    if style == "json":
        assert [json.loads(line)["level"] for line in told.split("\n") if line] == ["info", "info"]
