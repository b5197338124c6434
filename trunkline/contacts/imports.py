"""Files of contacts and spam numbers into the database, in one transaction; the same file twice changes nothing.

A child parses (trunkline/contacts/parsing.py) while the database stores the chunk before. A bad line is reported by
its number and the rest goes in; a file that cannot be read at all changes nothing.
"""

import asyncio
import csv
import io
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from trunkline.contacts.frames import Chunk, Task, encode_task, read_chunk
from trunkline.contacts.rows import Problem
from trunkline.contacts.storing import SQL, STATEMENT_SECONDS, ContactStore, SpamStore, Store, Stored, remove_vanished
from trunkline.db.trial import transaction_unless
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake, TrunklineError
from trunkline.ids import uuid7
from trunkline.spam.upkeep import recompute_ranges
from trunkline.web.metrics import IMPORT_LINES

DEFAULT_SOURCE = "import"
_PARSER = "trunkline.contacts.parsing"
_CHUNK_ROWS = 20_000
_CHUNKS_AHEAD = 2
_PROBLEMS_KEPT = 1_000
_LONGEST_SOURCE = 60


class ImportFailed(TrunklineError):
    """The parsing child ended before the file did."""


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
    problems: list[Problem] = field(default_factory=list)
    """The first thousand; all of them are in the report file, if one was asked for."""
    problem_count: int = 0
    ignored_columns: tuple[str, ...] = ()
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


async def import_contacts(
    pool: Pool, path: Path, options: ImportOptions, progress: Callable[[Progress], None] = lambda _: None
) -> ImportReport:
    """Contacts from a CSV or XLSX file (columns: docs/directory.md). Raises InvalidInput and changes nothing."""
    return await _import(pool, path, ContactStore(), options, progress)


async def import_spam(
    pool: Pool, path: Path, options: ImportOptions, progress: Callable[[Progress], None] = lambda _: None
) -> ImportReport:
    """Spam numbers from a CSV or XLSX file, with or without a header. Raises InvalidInput and changes nothing."""
    return await _import(pool, path, SpamStore(), options, progress)


async def _import(
    pool: Pool, path: Path, store: Store, options: ImportOptions, progress: Callable[[Progress], None]
) -> ImportReport:
    source = options.source.strip()
    if not 1 <= len(source) <= _LONGEST_SOURCE or not source.isprintable():
        raise InvalidInput(Mistake("source", f"must be a name of 1 to {_LONGEST_SOURCE} characters"))
    started = time.monotonic()
    report = ImportReport(source, options.dry_run)
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
    task = Task(str(path), store.kind, await _people(connection), uuid7(time.time()), _CHUNK_ROWS)
    async with aclosing(_chunks(task)) as chunks:
        async for chunk in chunks:
            if chunk.failure:
                raise InvalidInput(Mistake("file", chunk.failure.removeprefix("file: ")))
            report.ignored_columns += chunk.ignored_columns
            stored, problems = await _store_chunk(connection, chunk, store, report.source)
            report.stored += stored
            report.refused += chunk.refused + len(problems)
            tell(chunk, problems)
    if options.replace_source:
        report.removed = await remove_vanished(connection, store.kind, report.source)
    if store.kind == "spam":
        await recompute_ranges(connection)


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


async def _chunks(task: Task) -> AsyncGenerator[Chunk, None]:
    """The child's chunks, parsed some ahead of the one in use. Ends the child on leaving."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _PARSER,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    errors = asyncio.create_task(child.stderr.read())
    ahead: asyncio.Queue[Chunk | Exception] = asyncio.Queue(_CHUNKS_AHEAD)
    reading = asyncio.create_task(_read_ahead(child.stdout, ahead))
    try:
        with suppress(ConnectionError):
            child.stdin.write(encode_task(task))
            await child.stdin.drain()
            child.stdin.close()
        while True:
            chunk = await ahead.get()
            if isinstance(chunk, Exception):
                words = (await errors).decode(errors="replace").strip().splitlines() or ["it said nothing"]
                raise ImportFailed(f"reading the file failed: {words[-1]}") from chunk
            yield chunk
            if chunk.last:
                return
    finally:
        reading.cancel()
        if child.returncode is None:
            child.kill()
        await child.wait()
        await asyncio.wait([reading, errors])


async def _read_ahead(stream: asyncio.StreamReader, ahead: "asyncio.Queue[Chunk | Exception]") -> None:
    try:
        while not (chunk := await read_chunk(stream)).last:
            await ahead.put(chunk)
        await ahead.put(chunk)
    except (asyncio.IncompleteReadError, msgspec.MsgspecError) as error:
        await ahead.put(error)


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
            self._path.parent.mkdir(parents=True, exist_ok=True)
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
