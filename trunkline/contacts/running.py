"""Imports in the background of the web process, one at a time; the pages follow them by their rows."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
from aiohttp import web

from trunkline.contacts.imports import ImportFailed, ImportOptions, Progress, import_contacts, import_spam
from trunkline.contacts.runs import Kind, fail_run, finish_run, note_run, prune_runs
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.keys import pool_key, settings_key
from trunkline.log import get_logger

log = get_logger(__name__)

_BEAT_SECONDS = 0.5
_KEPT_SECONDS = 90 * 86_400.0
_DATABASE_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_IMPORTERS = {Kind.CONTACTS: import_contacts, Kind.SPAM: import_spam}

STOPPED = "Trunkline was stopped"
BROKEN = "something went wrong; the log of the web process says what"


class ImportRoom:
    """Takes files that were uploaded to `folder` and imports them in the order they came."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.folder = folder
        self._pool = pool
        self._turn = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def report_path(self, run: UUID) -> Path:
        """The CSV of every problem; there is none where nothing was wrong."""
        return self.folder / f"{run}.csv"

    def start(self, run: UUID, kind: Kind, path: Path, options: ImportOptions) -> None:
        """Import `path` and then delete it; its row `run` is there already."""
        task = asyncio.create_task(self._work(run, kind, path, options), name=f"import {run}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop what runs: nothing of it goes in."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, run: UUID, kind: Kind, path: Path, options: ImportOptions) -> None:
        latest = [Progress(0.0, 0, 0)]
        beating = asyncio.create_task(self._beat(run, latest))
        try:
            await self._import(run, kind, path, replace(options, report_path=self.report_path(run)), latest)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _import(self, run: UUID, kind: Kind, path: Path, options: ImportOptions, latest: list[Progress]) -> None:
        def note(progress: Progress) -> None:
            latest[0] = progress

        try:
            async with self._turn:
                report = await _IMPORTERS[kind](self._pool, path, options, note)
            await finish_run(self._pool, run, report)
            await self._prune()
        except asyncio.CancelledError:
            await self._fail(run, STOPPED)
            raise
        except InvalidInput as error:
            await self._fail(run, "; ".join(mistake.message for mistake in error.mistakes))
        except ImportFailed as error:
            await self._fail(run, str(error))
        except Exception:
            log.exception("import_failed", run=str(run))
            await self._fail(run, BROKEN)

    async def _fail(self, run: UUID, failure: str) -> None:
        """With the database away the row tells of itself that nobody has seen it for a minute."""
        try:
            await fail_run(self._pool, run, failure)
        except _DATABASE_TROUBLE as error:
            log.warning("import_unnoted", run=str(run), error=str(error))

    async def _beat(self, run: UUID, latest: list[Progress]) -> None:
        while True:
            try:
                await note_run(self._pool, run, latest[0])
            except _DATABASE_TROUBLE as error:
                log.warning("import_unnoted", run=str(run), error=str(error))
            await asyncio.sleep(_BEAT_SECONDS)

    async def _prune(self) -> None:
        async with self._pool.acquire() as connection:
            await prune_runs(connection)
        await asyncio.to_thread(_delete_old, self.folder, time.time() - _KEPT_SECONDS)


import_room_key = web.AppKey("import_room", ImportRoom)


async def imports_context(app: web.Application) -> AsyncIterator[None]:
    """The room, as long as the application runs; wants the pool before it."""
    room = app[import_room_key] = ImportRoom(app[pool_key], app[settings_key].data_dir / "imports")
    yield
    await room.close()


def _delete_old(folder: Path, before: float) -> None:
    for path in folder.glob("*.csv"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
