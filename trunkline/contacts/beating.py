"""The pulse of an import: its row says how far it is, and that somebody still works on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg

from trunkline.contacts.imports import Progress
from trunkline.contacts.runs import note_run
from trunkline.db.types import Pool
from trunkline.log import get_logger

log = get_logger(__name__)

_BEAT_SECONDS = 0.5
DATABASE_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

Note = Callable[[Progress], None]


@asynccontextmanager
async def beating(pool: Pool, run: UUID) -> AsyncIterator[Note]:
    """While it is open, what was noted last is written into the row `run` twice a second."""
    latest = [Progress(0.0, 0, 0)]
    task = asyncio.create_task(_beat(pool, run, latest), name=f"import {run} beats")
    try:
        yield lambda progress: latest.__setitem__(0, progress)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _beat(pool: Pool, run: UUID, latest: list[Progress]) -> None:
    while True:
        try:
            await note_run(pool, run, latest[0])
        except DATABASE_TROUBLE as error:
            log.warning("import_unnoted", run=str(run), error=str(error))
        await asyncio.sleep(_BEAT_SECONDS)
