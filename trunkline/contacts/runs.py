"""Imports started from the pages, as rows: how far each is and what it did, whichever machine runs it."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.contacts.imports import ImportOptions, ImportReport, Progress, import_contacts, import_spam
from trunkline.contacts.looking import Look
from trunkline.contacts.preview import Preview, SpamPreview
from trunkline.contacts.rows import Problem
from trunkline.contacts.undo import Undone
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool

_SQL = load_queries("trunkline.contacts", "runs.sql")
_PROBLEMS_SHOWN = 200


class Kind(StrEnum):
    """What a file holds."""

    CONTACTS = "contacts"
    SPAM = "spam"


IMPORT: Final = {Kind.CONTACTS: import_contacts, Kind.SPAM: import_spam}
"""What reads a file of each kind."""


class State(StrEnum):
    """What became of an import."""

    RUNNING = "running"
    MAPPING = "mapping"
    """Somebody must say what the columns are."""
    PREVIEWED = "previewed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
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
    undo: str = ""
    """Whether it can be undone: kept, gone, undone; empty where there was nothing to undo."""
    undone_at: datetime | None = None
    undone: Undone | None = None
    look: Look | None = None
    preview: Preview | None = None
    spam_preview: SpamPreview | None = None
    fingerprint: int | None = None
    moved: bool = False
    file_hash: bytes | None = None

    @property
    def moves(self) -> bool:
        """Whether its page has something to wait for."""
        return self.state in {State.RUNNING, State.UNDOING}


async def start_run(
    connection: Connection,
    run: UUID,
    kind: Kind,
    options: ImportOptions,
    *,
    file_name: str,
    person: UUID | None,
    node: str,
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
    await pool.execute(_SQL["finish_run"], run, *_figures(report))


async def await_columns(pool: Pool, run: UUID, look: Look, file_hash: bytes) -> None:
    """Somebody must say what the columns are."""
    await pool.execute(_SQL["await_columns"], run, msgspec.to_builtins(look), file_hash)


async def show_run(
    pool: Pool, run: UUID, report: ImportReport, look: Look | None, file_hash: bytes, *, moved: bool = False
) -> None:
    """What it would do; `moved` if it was to go in and what is there had changed."""
    assert report.preview is not None
    await pool.execute(
        _SQL["show_run"], run, *_figures(report), msgspec.to_builtins(look), file_hash,
        msgspec.to_builtins(report.preview), report.preview.fingerprint, moved,
    )  # fmt: skip


async def look_again(connection: Connection, run: UUID, look: Look) -> bool:
    """Begin another preview; False where nobody waits for one."""
    return await connection.fetchval(_SQL["look_again"], run, msgspec.to_builtins(look)) is not None


async def commit_run(connection: Connection, run: UUID, fingerprint: int) -> bool:
    """What was shown is to go in; False where it is not what is shown now."""
    return await connection.fetchval(_SQL["commit_run"], run, fingerprint) is not None


async def cancel_run(connection: Connection, run: UUID) -> bool:
    """It does not go in; False where it is too late."""
    return await connection.fetchval(_SQL["cancel_run"], run) is not None


async def begin_undo(connection: Connection, run: UUID) -> bool:
    """It is to be taken back; False where it cannot be, or is already."""
    return await connection.fetchval(_SQL["begin_undo"], run) is not None


async def fail_undo(pool: Pool, run: UUID, failure: str) -> None:
    """It is as it was, and why."""
    await pool.execute(_SQL["fail_undo"], run, failure[:500])


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
    """Forget old ones, and what was shown a day ago and left alone."""
    await connection.execute(_SQL["expire_runs"])
    await connection.execute(_SQL["prune_runs"], days)


def _figures(report: ImportReport) -> tuple[object, ...]:
    stored = report.stored
    return (
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


def _run(row: asyncpg.Record) -> Run:
    told = dict(row)
    if told["kind"] == Kind.SPAM:
        told["spam_preview"] = told.pop("preview", None)
    return msgspec.convert(told, Run)
