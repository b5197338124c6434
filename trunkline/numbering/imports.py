"""Files of the registry into the database: each in one transaction, and the same file twice changes nothing.

A file replaces all that is known of the first digits it holds (DEF-9xx: all of 9). A bad line is reported by its
number and the rest goes in.
"""

import asyncio
import csv
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trunkline.contacts.problem_words import defused
from trunkline.contacts.rows import Problem
from trunkline.db.sql import load_queries
from trunkline.db.trial import transaction_unless
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake
from trunkline.numbering.registry import Entry, NumberRange, decoded, merged, read_entries, without_overlaps

_SQL = load_queries("trunkline.numbering")
_COLUMNS = ("first", "last", "kind", "subjects", "operator")
_MOST_BYTES = 256 << 20
_TELL_EVERY = 2_000
_STATEMENT_SECONDS = 600.0
_LEAST_SHARE = 0.5
_NOTHING_TAKEN: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry of one first digit as it is known now."""

    digit: str
    dated: dt.date
    file_name: str
    ranges: int
    numbers: int


@dataclass(frozen=True, slots=True)
class DigitReport:
    """What an import did to one first digit."""

    digit: str
    ranges: int
    numbers: int
    added: int
    removed: int
    dated_before: dt.date | None


@dataclass(slots=True)
class NumberingReport:
    """What an import did, or with `dry_run` would have done."""

    dated: dt.date
    dry_run: bool
    lines: int = 0
    digits: list[DigitReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """Lines that did not go in."""
        return sum(problem.refused for problem in self.problems)


@dataclass(frozen=True, slots=True)
class NumberingOptions:
    """How to import. `dated` None: the day the file was last changed."""

    dated: dt.date | None = None
    dry_run: bool = False
    may_shrink: bool = False
    """Take a file with less than half the numbers known before: else it counts as cut off."""


async def import_numbering(
    pool: Pool,
    path: Path,
    options: NumberingOptions,
    today: dt.date,
    taken: Mapping[str, str] = _NOTHING_TAKEN,
    progress: Callable[[float], None] = lambda _: None,
) -> NumberingReport:
    """One file of the registry. Raises InvalidInput and changes nothing where it cannot be one.

    `taken` names the file that already gave a first digit in this run: a second one would undo it.
    """
    dated = options.dated
    if dated is None:
        dated = await asyncio.to_thread(_changed_on, path)
    if dated > today:
        raise InvalidInput(Mistake("date", f"{dated} has not come yet; give the day the registry was published"))
    report = NumberingReport(dated, options.dry_run)
    ranges = await asyncio.to_thread(_read, path, report, progress)
    for digit in sorted({str(found.first // 10**9) for found in ranges} & taken.keys()):
        raise InvalidInput(
            Mistake("file", f"{path.name} holds +7 {digit}xx, and so does {taken[digit]}; give one of them")
        )
    async with pool.acquire() as connection, transaction_unless(connection, dry_run=options.dry_run):
        await _store(connection, path.name, ranges, report, may_shrink=options.may_shrink)
    progress(1.0)
    return report


async def registries(connection: Connection) -> list[Registry]:
    """What was imported, by first digit."""
    return [Registry(*row) for row in await connection.fetch(_SQL["registries"])]


def write_problems(path: Path, problems: list[Problem]) -> None:
    """Every problem as CSV that a spreadsheet opens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(("line", "column", "problem", "refused"))
        for each in problems:
            out.writerow((each.line, each.column, defused(each.message), "yes" if each.refused else "no"))


def _changed_on(path: Path) -> dt.date:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()


def _read(path: Path, report: NumberingReport, progress: Callable[[float], None]) -> list[NumberRange]:
    if path.stat().st_size > _MOST_BYTES:
        raise InvalidInput(Mistake("file", f"is over {_MOST_BYTES >> 20} MiB, more than the whole registry has"))
    lines = decoded(path.read_bytes()).split("\n")
    report.lines = sum(1 for line in lines[1:] if line.strip())
    entries: list[Entry] = []
    for place, found in enumerate(read_entries(lines)):
        if isinstance(found, Entry):
            entries.append(found)
            report.problems += found.problems
        else:
            report.problems.append(found)
        if place % _TELL_EVERY == 0:
            progress(0.8 * place / max(report.lines, 1))
    kept, overlaps = without_overlaps(entries)
    report.problems = sorted([*report.problems, *overlaps], key=lambda problem: problem.line)
    if not kept:
        raise InvalidInput(Mistake("file", "holds no range that can be read"))
    return merged(kept)


async def _store(
    connection: Connection, file_name: str, ranges: list[NumberRange], report: NumberingReport, *, may_shrink: bool
) -> None:
    await connection.execute(_SQL["lock_registries"], timeout=_STATEMENT_SECONDS)
    await connection.execute(_SQL["create_incoming"])
    rows = [(r.first, r.last, str(r.place.kind), list(r.place.subjects), r.operator) for r in ranges]
    await connection.copy_records_to_table("incoming_ranges", records=rows, columns=_COLUMNS)
    for digit in sorted({found.first // 10**9 for found in ranges}):
        await _store_digit(connection, digit, file_name, report, may_shrink=may_shrink)


async def _store_digit(
    connection: Connection, digit: int, file_name: str, report: NumberingReport, *, may_shrink: bool
) -> None:
    row = await connection.fetchrow(_SQL["incoming_digit"], digit, timeout=_STATEMENT_SECONDS)
    assert row is not None
    before, numbers = row["numbers_before"], row["numbers"]
    if before and numbers < _LEAST_SHARE * before and not may_shrink:
        message = (
            f"holds {numbers:,} numbers of +7 {digit}xx, {before:,} are known: it seems cut off; "
            "with --may-shrink it goes in all the same"
        )
        raise InvalidInput(Mistake("file", message))
    if row["added"] or row["removed"]:
        await connection.execute(_SQL["remove_digit"], digit, timeout=_STATEMENT_SECONDS)
        await connection.execute(_SQL["insert_digit"], digit, timeout=_STATEMENT_SECONDS)
    if row["added"] or row["removed"] or row["dated_before"] != report.dated:
        await connection.execute(
            _SQL["note_registry"], str(digit), report.dated, file_name, row["ranges"], row["numbers"]
        )
    report.digits.append(
        DigitReport(str(digit), row["ranges"], numbers, row["added"], row["removed"], row["dated_before"])
    )
