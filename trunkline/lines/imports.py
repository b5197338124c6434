"""Files of lines into the database, in one transaction; the same file twice changes nothing.

A bad row is told by its number and the rest goes in. Lines that the file does not name stay as they are.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from trunkline.contacts.columns import Columns, recognise
from trunkline.contacts.rows import Problem
from trunkline.contacts.sheets import BrokenRow, Row, read_rows
from trunkline.db.trial import transaction_unless
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.line import Line
from trunkline.lines.rows import FIELDS, line_of, number_of
from trunkline.lines.store import add_line, change_line, find_line
from trunkline.people.audit import Actor
from trunkline.web.i18n import gettext as _


@dataclass(slots=True)
class LinesReport:
    """What an import did, or with `dry_run` would have done."""

    dry_run: bool
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        """Rows nothing of which went in."""
        return len({problem.line for problem in self.problems})


async def import_lines(pool: Pool, path: Path, actor: Actor, now: datetime, *, dry_run: bool = False) -> LinesReport:
    """Add and change the lines of a CSV or XLSX file with a header row. Raises InvalidInput and changes nothing."""
    report = LinesReport(dry_run)
    async with pool.acquire() as connection, transaction_unless(connection, dry_run=dry_run):
        await _store(connection, path, report, actor, now)
    return report


async def _store(connection: Connection, path: Path, report: LinesReport, actor: Actor, now: datetime) -> None:
    columns: Columns | None = None
    for row in read_rows(path, FIELDS):
        if isinstance(row, BrokenRow):
            report.problems.append(Problem(row.line, "", row.message))
        elif columns is None:
            columns = recognise(row.cells, FIELDS)
            report.ignored_columns = columns.ignored
            if not columns.phones:
                raise InvalidInput(Mistake("file", _("has no column of numbers in its first row; call it number")))
        else:
            await _store_row(connection, columns, row, report, actor, now)


async def _store_row(
    connection: Connection, columns: Columns, row: Row, report: LinesReport, actor: Actor, now: datetime
) -> None:
    try:
        async with connection.transaction():
            number = number_of(columns, row.cells)
            known = await find_line(connection, number, None)
            line = line_of(columns, row.cells, known.line() if known else Line(number))
            if known is None:
                await add_line(connection, line, actor, now)
                report.added += 1
            elif await change_line(connection, line, actor, now):
                report.changed += 1
            else:
                report.unchanged += 1
    except InvalidInput as error:
        report.problems += [Problem(row.line, mistake.path, mistake.message) for mistake in error.mistakes]
