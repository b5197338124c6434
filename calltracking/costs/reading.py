"""A file of costs as values: a bad row is told by its number, the rest goes in."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from calltracking.costs.cost import FIELDS, Cost, Defaults, checked_columns, cost_of
from trunkline.contacts.columns import Columns, recognise
from trunkline.contacts.rows import Problem
from trunkline.contacts.sheets import BrokenRow, read_rows
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

MOST_ROWS: Final = 200_000
_MOST_PROBLEMS: Final = 1_000


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


def read_costs(path: Path, defaults: Defaults) -> CostsReport:
    """The rows of a CSV or XLSX file whose first row names its columns; raises InvalidInput where none does.

    A full file takes seconds: not in the loop of a process that answers others.
    """
    report = CostsReport()
    columns: Columns | None = None
    for row in read_rows(path, FIELDS):
        if isinstance(row, BrokenRow):
            _refuse(report, Problem(row.line, "", row.message))
        elif columns is None:
            columns = checked_columns(recognise(row.cells, FIELDS), defaults)
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
