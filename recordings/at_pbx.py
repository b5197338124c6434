"""Where a recording lies at its PBX, as this machine sees it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from recordings.recording import Recording, Stop
from recordings.refusing import was_deleted
from recordings.stopping import FILES, Stopped, again
from trunkline.db.types import Pool
from trunkline.pbx.recorded import Folder, Outside, folder_of
from trunkline.pbx.store import find_pbx

_EACH_DAY: Final = 24 * 3600.0
"""What is refused and cannot be deleted is tried again as long as it takes."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


async def place_of(pool: Pool, one: Recording) -> tuple[Folder, Path]:
    """Its PBX's folder and its file there; raises Stopped."""
    async with pool.acquire() as connection:
        row = await find_pbx(connection, one.pbx)
    folder = folder_of(row.settings) if row else None
    if folder is None:
        raise Stopped(Stop.NO_FOLDER)
    try:
        return folder, await asyncio.to_thread(folder.path_of, one.file)
    except Outside as error:
        raise Stopped(Stop.OUTSIDE, str(error)) from error


async def delete_there(pool: Pool, one: Recording) -> str:
    """Delete its file; what was not there, once that is given up a day after the refusal. Raises Stopped."""
    folder, path = await place_of(pool, one)
    later = again(FILES, one.gone_at or _LONG_AGO, datetime.now(UTC))
    try:
        if await asyncio.to_thread(was_deleted, path, folder.seen):
            return ""
    except OSError as error:
        raise Stopped(Stop.UNDELETED, f"{path}: {error.strerror}", again=later or _EACH_DAY) from error
    if later is not None:
        raise Stopped(Stop.MISSING, f"there is no {path}", again=later)
    return f"there was no {path}"
