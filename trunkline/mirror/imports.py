"""Files of one entity into the mirror, in one transaction; a bad line is reported and the rest goes in."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trunkline.contacts.columns import Columns, recognise
from trunkline.contacts.sheets import BrokenRow, Row, read_rows
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake
from trunkline.mirror.entities import ENTITIES, Entity
from trunkline.mirror.rows import MirrorRow, RowProblem, read_row
from trunkline.mirror.store import Stored, remove_vanished_debts, save_rows

_CHUNK = 1000
_PROBLEMS_KEPT = 1000
_LONGEST_SOURCE = 60
_OF_CRMS = ("bitrix24:", "amocrm:", "generic:", "onec:")
"""How the sources of rows begin that a CRM fills: what it does not know goes with its next reading of everything."""


@dataclass(slots=True)
class MirrorReport:
    """What an import did; `problems` are the first thousand of `problem_count`."""

    entity: str
    source: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: int = 0
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()

    def count(self, stored: Stored) -> None:
        """Add what a chunk did."""
        self.added += stored.added
        self.changed += stored.changed
        self.unchanged += stored.unchanged
        self.note(stored.problems)

    def note(self, problems: Sequence[RowProblem]) -> None:
        """Add problems."""
        self.problem_count += len(problems)
        self.refused += sum(problem.refused for problem in problems)
        self.problems += problems[: max(0, _PROBLEMS_KEPT - len(self.problems))]


def entity_named(name: str) -> Entity:
    """The entity; raises InvalidInput that lists them."""
    if name not in ENTITIES:
        raise InvalidInput(Mistake("entity", f"{name!r} is none of {', '.join(ENTITIES)}"))
    return ENTITIES[name]


def checked_source(source: str) -> str:
    """The name of where records come from, e.g. `1c`; raises InvalidInput."""
    source = source.strip()
    if not 1 <= len(source) <= _LONGEST_SOURCE or not source.isprintable():
        raise InvalidInput(Mistake("source", f"must be a name of 1 to {_LONGEST_SOURCE} characters, e.g. 1c"))
    if found := next((one for one in _OF_CRMS if source.startswith(one)), None):
        raise InvalidInput(Mistake("source", f"{found}… are what CRMs fill by themselves; take another name"))
    return source


async def import_file(
    pool: Pool,
    path: Path,
    entity: Entity,
    source: str,
    *,
    whole: bool = False,
    progress: Callable[[float], None] = lambda _done: None,
) -> MirrorReport:
    """Records of a CSV or XLSX file. With `whole` the file is all there is: a debt it does not name is paid."""
    report = MirrorReport(entity.name, checked_source(source))
    seen: list[str] = []
    async with pool.acquire() as connection, connection.transaction():
        chunks = _chunks(path, entity, report)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            rows, done = chunk
            seen += [row.values["external_id"] for row in rows]
            report.count(await save_rows(connection, entity, report.source, rows))
            progress(done)
        report.removed = await _remove_vanished(connection, entity, report.source, seen) if whole else 0
    return report


async def import_records(pool: Pool, records: Sequence[dict[str, str]], entity: Entity, source: str) -> MirrorReport:
    """Records from the API, their fields by name."""
    report = MirrorReport(entity.name, checked_source(source))
    problems: list[RowProblem] = []
    rows = [read_row(entity, record, number, problems) for number, record in enumerate(records, start=1)]
    report.note(problems)
    async with pool.acquire() as connection, connection.transaction():
        report.count(await save_rows(connection, entity, report.source, [row for row in rows if row is not None]))
    return report


async def _remove_vanished(connection: Connection, entity: Entity, source: str, seen: Sequence[str]) -> int:
    if entity.name != "debts":
        raise InvalidInput(Mistake("whole", "only a list of debts can be whole; other records stay until closed"))
    return await remove_vanished_debts(connection, source, seen)


def _chunks(path: Path, entity: Entity, report: MirrorReport) -> Iterator[tuple[list[MirrorRow], float]]:
    """Rows a thousand at a time, and how much of the file is read."""
    fields = entity.headers()
    rows = read_rows(path, fields)
    columns = _header(next(rows, None), entity, report)
    chunk: list[MirrorRow] = []
    problems: list[RowProblem] = []
    done = 0.0
    for row in rows:
        if isinstance(row, BrokenRow):
            problems.append(RowProblem(row.line, "", row.message))
            continue
        done = row.done
        if read := read_row(entity, _record(columns, row), row.line, problems):
            chunk.append(read)
        if len(chunk) == _CHUNK:
            report.note(problems)
            yield chunk, done
            chunk, problems = [], []
    report.note(problems)
    yield chunk, 1.0


def _header(first: Row | BrokenRow | None, entity: Entity, report: MirrorReport) -> Columns:
    if not isinstance(first, Row):
        raise InvalidInput(Mistake("file", "is empty"))
    # «Оплачено %» and «Оплачено» are two columns; signs are dropped when headers are matched.
    columns = recognise([cell.replace("%", " percent") for cell in first.cells], entity.headers())
    present = {*columns.places, *(["phone"] if columns.phones else [])}
    if missing := [field.name for field in entity.fields if field.required and field.name not in present]:
        known = {field.name: field.headers for field in entity.fields}
        wanted = "; ".join(f"{name} ({known[name]})" for name in missing)
        raise InvalidInput(Mistake("file", f"its first line names no column for {wanted}"))
    report.ignored_columns = columns.ignored
    return columns


def _record(columns: Columns, row: Row) -> dict[str, str]:
    places = {**columns.places, **({"phone": columns.phones[0]} if columns.phones else {})}
    return {name: row.cells[place] for name, place in places.items() if place < len(row.cells)}
