"""A file of costs as values: a bad row is told by its number, the rest goes in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from calltracking.costs.cost import FIELDS, Cost, Defaults, checked_columns, cost_of
from trunkline.contacts.columns import Columns, Layout, laid_out, recognise
from trunkline.contacts.rows import Problem
from trunkline.contacts.sheets import BrokenRow, read_rows
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

MOST_ROWS: Final = 200_000
_MOST_PROBLEMS: Final = 1_000
_SAMPLES: Final = 3
_LONGEST_SAMPLE: Final = 60


class Head(msgspec.Struct, frozen=True):
    """The columns of a file: their headings, some values of each, and the field each is taken for, empty for none."""

    headings: list[str]
    samples: list[list[str]]
    fields: list[str]


def read_head(path: Path, known: Mapping[str, str] = FIELDS) -> Head:
    """The columns by their headings, `known` to fields; raises InvalidInput where there is no table."""
    rows = [row.cells for row in islice(read_rows(path, known), 50) if not isinstance(row, BrokenRow)]
    if not rows:
        raise InvalidInput(Mistake("file", _("is empty")))
    places = recognise(rows[0], known).places
    fields = {place: field for field, place in places.items()}
    columns = range(len(rows[0]))
    values = [[row[place].strip() for row in rows[1:] if place < len(row)] for place in columns]
    return Head(
        [cell.strip()[:_LONGEST_SAMPLE] for cell in rows[0]],
        [[value[:_LONGEST_SAMPLE] for value in dict.fromkeys(filter(None, column))][:_SAMPLES] for column in values],
        [fields.get(place, "") for place in columns],
    )


@dataclass(slots=True)
class CostsReport:
    """What a file holds; `refused` counts rows nothing of which went in, `problems` tells the first of them."""

    costs: list[Cost] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    ignored_columns: tuple[str, ...] = ()

    @property
    def gross(self) -> int:
        """Kopecks of all rows with VAT."""
        return sum(cost.gross for cost in self.costs)

    @property
    def net(self) -> int:
        """Kopecks of all rows without VAT."""
        return sum(cost.net for cost in self.costs)


def read_costs(path: Path, defaults: Defaults, fields: tuple[str, ...] | None = None) -> CostsReport:
    """The rows of a CSV or XLSX file whose first row names its columns; raises InvalidInput where none does.

    `fields` is what each column holds where somebody said so.

    A full file takes seconds: not in the loop of a process that answers others.
    """
    report = CostsReport()
    columns: Columns | None = None
    for row in read_rows(path, FIELDS):
        if isinstance(row, BrokenRow):
            _refuse(report, Problem(row.line, "", row.message))
        elif columns is None:
            known = recognise(row.cells, FIELDS) if fields is None else laid_out(Layout(fields), row.cells)
            columns = checked_columns(known, defaults)
            report.ignored_columns = columns.ignored
        elif any(cell.strip() for cell in row.cells):
            if len(report.costs) + report.refused >= MOST_ROWS:
                raise InvalidInput(
                    Mistake("file", _("has more than %(number)s rows; split it") % {"number": MOST_ROWS})
                )
            try:
                report.costs.append(cost_of(columns, row.cells, defaults))
            except InvalidInput as error:
                _refuse(report, *(Problem(row.line, mistake.path, mistake.message) for mistake in error.mistakes))
    if columns is None:
        raise InvalidInput(Mistake("file", _("is empty")))
    return report


def _refuse(report: CostsReport, *problems: Problem) -> None:
    report.refused += 1
    if len(report.problems) < _MOST_PROBLEMS:
        report.problems += problems
