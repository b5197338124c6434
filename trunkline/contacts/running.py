"""Imports in the background of the web process, one at a time; the pages follow them by their rows."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from aiohttp import web

from trunkline.background import end
from trunkline.contacts.beating import DATABASE_TROUBLE, Note, beating
from trunkline.contacts.child import ImportFailed, look_at
from trunkline.contacts.imports import ImportOptions, Moved
from trunkline.contacts.looking import Look
from trunkline.contacts.maps import recall
from trunkline.contacts.runs import IMPORT, Kind, await_columns, fail_run, fail_undo, finish_run, prune_runs, show_run
from trunkline.contacts.undo import let_go, undo_import
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.keys import pool_key, settings_key
from trunkline.log import get_logger
from trunkline.people.audit import Actor

log = get_logger(__name__)

_KEPT_SECONDS = 90 * 86_400.0
_UPLOAD_KEPT_SECONDS = 2 * 86_400.0
_LAST_WORDS_SECONDS = 2.0
"""In which an import that is stopped says so in its row, before it is told again."""

Fail = Callable[[Pool, UUID, str], Awaitable[None]]

NO_FILE = "is no longer here; send it again"
OTHER_FILE = "is not the one that was shown; send it again"
STOPPED = "Trunkline was stopped"
BROKEN = "something went wrong; the log of the web process says what"


class ImportRoom:
    """Takes files that were uploaded to `folder` and works on them in the order they came.

    A file is looked at, shown, and kept until somebody says that it is to go in, or for a day.
    """

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.folder = folder
        self._pool = pool
        self._turn = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def report_path(self, run: UUID) -> Path:
        """The CSV of every problem; there is none where nothing was wrong."""
        return self.folder / f"{run}.csv"

    def upload_path(self, run: UUID) -> Path:
        """The file itself, until it is no longer needed."""
        return self.folder / f"{run}.upload"

    def preview(self, run: UUID, kind: Kind, options: ImportOptions, look: Look | None = None) -> None:
        """Show what a file would do; one of contacts with the columns of `look`, or find out what they are.

        Its row `run` is there already, as for all of these.
        """

        async def work(note: Note) -> None:
            path, seen = self.upload_path(run), look
            file_hash = await asyncio.to_thread(_hash, path)
            if kind is Kind.CONTACTS and seen is None:
                seen = await self._look_at(path)
                if not seen.sure:
                    await await_columns(self._pool, run, seen, file_hash)
                    return
            dry = replace(self._with_report(run, options), dry_run=True, layout=seen.layout if seen else None)
            await show_run(self._pool, run, await IMPORT[kind](self._pool, path, dry, note), seen, file_hash)

        self._begin(run, work)

    def commit(self, run: UUID, kind: Kind, options: ImportOptions, look: Look | None, file_hash: bytes) -> None:
        """Let in what was shown, known by `options.expected`. Shows it anew where it does another thing by now."""

        async def work(note: Note) -> None:
            path = self.upload_path(run)
            if await asyncio.to_thread(_hash, path) != file_hash:
                raise ImportFailed(OTHER_FILE)
            wet = replace(self._with_report(run, options), layout=look.layout if look else None, run=run)
            try:
                report = await IMPORT[kind](self._pool, path, wet, note)
            except Moved as moved:
                await show_run(self._pool, run, moved.report, look, file_hash, moved=True)
            else:
                await finish_run(self._pool, run, report)
                await self._discard(run)

        self._begin(run, work)

    def undo(self, run: UUID, actor: Actor) -> None:
        """Take an import back."""

        async def work(_: Note) -> None:
            async with self._pool.acquire() as connection, connection.transaction():
                await undo_import(connection, run, actor, datetime.now(UTC))

        self._begin(run, work, fail_undo)

    async def discard(self, run: UUID) -> None:
        """Delete the file."""
        await asyncio.to_thread(self.upload_path(run).unlink, missing_ok=True)

    async def close(self) -> None:
        """Stop what runs: nothing of it goes in."""
        await end(self._tasks, _LAST_WORDS_SECONDS)

    def _with_report(self, run: UUID, options: ImportOptions) -> ImportOptions:
        return replace(options, report_path=self.report_path(run))

    async def _look_at(self, path: Path) -> Look:
        look = await look_at(path)
        async with self._pool.acquire() as connection:
            return await recall(connection, look) or look

    async def _discard(self, run: UUID) -> None:
        await self.discard(run)
        async with self._pool.acquire() as connection:
            await prune_runs(connection)
            await let_go(connection)
        await asyncio.to_thread(_delete_old, self.folder, time.time())

    def _begin(self, run: UUID, work: Callable[[Note], Awaitable[None]], fail: Fail = fail_run) -> None:
        task = asyncio.create_task(self._work(run, work, fail), name=f"import {run}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, run: UUID, work: Callable[[Note], Awaitable[None]], fail: Fail) -> None:
        try:
            async with beating(self._pool, run) as note:
                failure = await self._outcome(run, note, work)
        except asyncio.CancelledError:
            await self._fail(run, STOPPED, fail)
            raise
        if failure:
            await self._fail(run, failure, fail)

    async def _outcome(self, run: UUID, note: Note, work: Callable[[Note], Awaitable[None]]) -> str:
        """Do the work when it is its turn; why it failed, if it did."""
        try:
            async with self._turn:
                await work(note)
        except InvalidInput as error:
            return "; ".join(mistake.message for mistake in error.mistakes)
        except ImportFailed as error:
            return str(error)
        except Exception:
            log.exception("import_failed", run=str(run))
            return BROKEN
        return ""

    async def _fail(self, run: UUID, failure: str, fail: Fail) -> None:
        """With the database away the row tells of itself that nobody has seen it for a minute."""
        await self.discard(run)
        try:
            await fail(self._pool, run, failure)
        except DATABASE_TROUBLE as error:
            log.warning("import_unnoted", run=str(run), error=str(error))


import_room_key = web.AppKey("import_room", ImportRoom)


async def imports_context(app: web.Application) -> AsyncIterator[None]:
    """The room, as long as the application runs; wants the pool before it."""
    room = app[import_room_key] = ImportRoom(app[pool_key], app[settings_key].data_dir / "imports")
    yield
    await room.close()


def _hash(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError as error:
        raise ImportFailed(NO_FILE) from error


def _delete_old(folder: Path, now: float) -> None:
    for suffix, kept in (("csv", _KEPT_SECONDS), ("upload", _UPLOAD_KEPT_SECONDS)):
        for path in folder.glob(f"*.{suffix}"):
            if path.stat().st_mtime < now - kept:
                path.unlink(missing_ok=True)
