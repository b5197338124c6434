"""Imports started from the pages, as rows: how far each is and what it did, whichever machine runs it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg
import msgspec

from trunkline.contacts.imports import ImportOptions, ImportReport, Progress
from trunkline.contacts.rows import Problem
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool

_SQL = load_queries("trunkline.contacts", "runs.sql")
_PROBLEMS_SHOWN = 200


class Kind(StrEnum):
    """What a file holds."""

    CONTACTS = "contacts"
    SPAM = "spam"


class State(StrEnum):
    """What became of an import."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    """Its process ended in the middle."""


class Run(msgspec.Struct, frozen=True):
    """One import."""

    id: UUID
    kind: Kind
    source: str
    file_name: str
    replace_source: bool
    dry_run: bool
    person: str | None
    node: str
    state: State
    done: float
    rows: int
    refused: int
    added: int
    changed: int
    unchanged: int
    removed: int
    problem_count: int
    problems: list[Problem]
    ignored_columns: list[str]
    failure: str
    started_at: datetime
    ended_at: datetime | None


async def start_run(
    connection: Connection, run: UUID, kind: Kind, options: ImportOptions, *, file_name: str, person: UUID, node: str
) -> None:
    """An import begins."""
    await connection.execute(
        _SQL["start_run"],
        run,
        kind.value,
        options.source,
        file_name,
        options.replace_source,
        options.dry_run,
        person,
        node,
    )


async def note_run(pool: Pool, run: UUID, progress: Progress) -> None:
    """How far it is; also says that it lives."""
    await pool.execute(_SQL["note_run"], run, progress.done, progress.rows, progress.refused)


async def finish_run(pool: Pool, run: UUID, report: ImportReport) -> None:
    """What it did."""
    stored = report.stored
    await pool.execute(
        _SQL["finish_run"],
        run,
        report.rows,
        report.refused,
        stored.added,
        stored.changed,
        stored.unchanged,
        report.removed,
        report.problem_count,
        report.problems[:_PROBLEMS_SHOWN],
        list(report.ignored_columns),
    )


async def fail_run(pool: Pool, run: UUID, failure: str) -> None:
    """It changed nothing, and why."""
    await pool.execute(_SQL["fail_run"], run, failure[:500])


async def find_run(connection: Connection, run: UUID, kind: Kind) -> Run | None:
    """One import."""
    row = await connection.fetchrow(_SQL["find_run"], run, kind.value)
    return None if row is None else _run(row)


async def recent_runs(connection: Connection, kind: Kind, limit: int = 10) -> list[Run]:
    """The newest, without their problems."""
    return [_run(row) for row in await connection.fetch(_SQL["recent_runs"], kind.value, limit)]


async def prune_runs(connection: Connection, days: int = 90) -> None:
    """Forget old ones."""
    await connection.execute(_SQL["prune_runs"], days)


def _run(row: asyncpg.Record) -> Run:
    return msgspec.convert(dict(row), Run)
