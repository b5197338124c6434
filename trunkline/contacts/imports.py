"""Files of contacts and spam numbers into the database, in one transaction; the same file twice changes nothing.

A child parses (trunkline/contacts/parsing.py) while the database stores the chunk before. A bad line is reported by
its number and the rest goes in; a file that cannot be read at all changes nothing.
"""

import csv
import io
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from trunkline.contacts.child import chunks
from trunkline.contacts.columns import Layout
from trunkline.contacts.frames import Chunk, Task
from trunkline.contacts.preview import Preview, SpamPreview
from trunkline.contacts.rows import Problem
from trunkline.contacts.storing import SQL, STATEMENT_SECONDS, ContactStore, SpamStore, Store, Stored
from trunkline.db.trial import transaction_unless
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake, TrunklineError
from trunkline.ids import uuid7
from trunkline.spam.upkeep import recompute_ranges
from trunkline.web.metrics import IMPORT_LINES

DEFAULT_SOURCE = "import"
_CHUNK_ROWS = 20_000
_PROBLEMS_KEPT = 1_000
_LONGEST_SOURCE = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is; `done` is the share of the file that is stored (0–1)."""

    done: float
    rows: int
    refused: int


@dataclass(slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would have done."""

    source: str
    dry_run: bool
    stored: Stored = field(default_factory=Stored)
    removed: int = 0
    refused: int = 0
    """Lines nothing of which went in."""
    joined: int = 0
    """Lines that are the person of another line: that one went in with their numbers."""
    problems: list[Problem] = field(default_factory=list)
    """The first thousand; all of them are in the report file, if one was asked for."""
    problem_count: int = 0
    ignored_columns: tuple[str, ...] = ()
    preview: Preview | SpamPreview | None = None
    """Of a dry run, and of what was to have an expected fingerprint."""
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Lines that went in."""
        return self.stored.added + self.stored.changed + self.stored.unchanged


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import. `replace_source` takes out what the source had and the file no longer names."""

    source: str = DEFAULT_SOURCE
    replace_source: bool = False
    dry_run: bool = False
    report_path: Path | None = None
    """Where every problem is written as CSV; the file is made only if there is one."""
    layout: Layout | None = None
    """What the columns are, where their headings do not say."""
    run: UUID | None = None
    """Its row of `imports`: what is needed to undo it is kept under this id."""
    expected: int | None = None
    """The fingerprint of the changes that were shown: it goes in only if it still changes just that."""

    @property
    def shows(self) -> bool:
        """Whether what it changes is gathered."""
        return self.dry_run or self.expected is not None

    @property
    def kept_as(self) -> UUID | None:
        """Under which id what it changes is kept."""
        return None if self.dry_run else self.run


class Moved(TrunklineError):
    """What is there has changed since the import was shown: nothing went in. `report` says what it would do now."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__("what is there has changed since the import was shown")
        self.report = report


async def import_contacts(
    pool: Pool, path: Path, options: ImportOptions, progress: Callable[[Progress], None] = lambda _: None
) -> ImportReport:
    """Contacts from a CSV or XLSX file (columns: docs/directory.md). Raises InvalidInput and changes nothing."""
    preview = Preview() if options.shows else None
    store = ContactStore(options.kept_as, preview, replaces=options.replace_source)
    report = ImportReport(options.source, options.dry_run, preview=preview)
    return await _import(pool, path, store, report, options, progress)


async def import_spam(
    pool: Pool, path: Path, options: ImportOptions, progress: Callable[[Progress], None] = lambda _: None
) -> ImportReport:
    """Spam numbers from a CSV or XLSX file, with or without a header. Raises InvalidInput and changes nothing."""
    preview = SpamPreview() if options.shows else None
    store = SpamStore(options.kept_as, preview)
    report = ImportReport(options.source, options.dry_run, preview=preview)
    return await _import(pool, path, store, report, options, progress)


async def _import(
    pool: Pool,
    path: Path,
    store: Store,
    report: ImportReport,
    options: ImportOptions,
    progress: Callable[[Progress], None],
) -> ImportReport:
    source = options.source.strip()
    if not 1 <= len(source) <= _LONGEST_SOURCE or not source.isprintable():
        raise InvalidInput(Mistake("source", f"must be a name of 1 to {_LONGEST_SOURCE} characters"))
    started = time.monotonic()
    report.source = source
    with _ProblemFile(options.report_path) as problem_file:
        async with pool.acquire() as connection, transaction_unless(connection, dry_run=options.dry_run):
            await _store_file(connection, path, store, report, options, _Telling(report, problem_file, progress))
    report.seconds = time.monotonic() - started
    if not options.dry_run:
        IMPORT_LINES.labels(store.kind, "stored").inc(report.rows)
        IMPORT_LINES.labels(store.kind, "refused").inc(report.refused)
    return report


async def _store_file(
    connection: Connection, path: Path, store: Store, report: ImportReport, options: ImportOptions, tell: "_Telling"
) -> None:
    await connection.execute(SQL["lock_source"], report.source, timeout=STATEMENT_SECONDS)
    await connection.execute(SQL[f"create_incoming_{store.kind}"])
    await connection.execute(SQL["create_seen"])
    await store.prepare(connection, report.source)
    first_id, rows = uuid7(time.time()), 0
    task = Task(str(path), store.kind, await _people(connection), first_id, _CHUNK_ROWS, options.layout)
    async with aclosing(chunks(task)) as parsed:
        async for chunk in parsed:
            if chunk.failure:
                raise InvalidInput(Mistake("file", chunk.failure.removeprefix("file: ")))
            rows += chunk.rows
            report.ignored_columns += chunk.ignored_columns
            stored, problems = await _store_chunk(connection, chunk, store, report.source)
            report.stored += stored
            report.refused += chunk.refused + sum(problem.refused for problem in problems)
            report.joined += chunk.joined
            tell(chunk, problems)
    if options.replace_source:
        report.removed = await store.remove_vanished(connection, report.source)
    await store.conclude(connection)
    if report.preview is not None and options.expected not in {None, report.preview.fingerprint}:
        raise Moved(report)
    if options.kept_as is not None:
        await _keep_for_undo(connection, options.kept_as, first_id, UUID(int=first_id.int + rows), report)
    if store.kind == "spam":
        await recompute_ranges(connection)


async def _keep_for_undo(
    connection: Connection, run: UUID, added_after: UUID, added_to: UUID, report: ImportReport
) -> None:
    """In the import's own transaction: what went in can be undone even if nobody lives to tell what it did."""
    stored = report.stored
    await connection.execute(
        SQL["keep_for_undo"], run, added_after, added_to,
        stored.added, stored.changed, stored.unchanged, report.removed, report.refused,
    )  # fmt: skip


async def _store_chunk(connection: Connection, chunk: Chunk, store: Store, source: str) -> tuple[Stored, list[Problem]]:
    if not chunk.rows:
        return Stored(), []
    await connection.copy_to_table(
        "incoming", source=io.BytesIO(chunk.copy), columns=store.columns, timeout=STATEMENT_SECONDS
    )
    outcome = await store.store(connection, source, chunk.rows)
    await connection.execute(SQL["clear_incoming"])
    return outcome


async def _people(connection: Connection) -> dict[str, UUID | None]:
    """Everybody a file may name, by every word for him in lower case; None where a word means several."""
    people: dict[str, UUID | None] = {}
    for person, word in await connection.fetch(SQL["people"]):
        known = people.setdefault(word, person)
        if known != person:
            people[word] = None
    return people


class _ProblemFile:
    """A CSV of every problem, opened with the first."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: io.TextIOWrapper | None = None

    def __enter__(self) -> "_ProblemFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, problems: list[Problem]) -> None:
        if self._path is None or not problems:
            return
        if self._file is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            self._path.chmod(0o600)
            csv.writer(self._file).writerow(("line", "column", "problem", "refused"))
        csv.writer(self._file).writerows(
            (problem.line, problem.column, problem.message, "yes" if problem.refused else "no") for problem in problems
        )


@dataclass(frozen=True, slots=True)
class _Telling:
    """Adds one chunk's problems to the report and its file, and tells how far we are."""

    report: ImportReport
    file: _ProblemFile
    progress: Callable[[Progress], None]

    def __call__(self, chunk: Chunk, problems: list[Problem]) -> None:
        found = sorted([*chunk.problems, *problems], key=lambda problem: problem.line)
        self.file.write(found)
        self.report.problem_count += len(found)
        self.report.problems += found[: _PROBLEMS_KEPT - len(self.report.problems)]
        self.progress(Progress(1.0 if chunk.last else chunk.done, self.report.rows, self.report.refused))
