"""Where a recording lies at its PBX, as this machine sees it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from recordings.recording import Recording, Stop
from recordings.refusing import was_deleted
from recordings.stopping import FILES, Stopped, again
from recordings.store import SQL
from trunkline.db.types import Pool
from trunkline.pbx.recorded import Folder, Outside, folder_of
from trunkline.pbx.store import find_pbx

_EACH_DAY: Final = 24 * 3600.0
"""What is refused and cannot be deleted is tried again as long as it takes."""
BACK_SECONDS: Final = 180.0
"""A file that was deleted is looked for once more so long afterwards: what copies the PBX's folder here, each minute as
a rule, brings it back as long as the PBX has it.
"""
THERE_AGAIN: Final = "it was deleted here and is there again: the folder is a copy, and the PBX has it; delete it there"
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
        deleted = await asyncio.to_thread(was_deleted, path, folder.seen)
    except OSError as error:
        raise Stopped(Stop.UNDELETED, f"{path}: {error.strerror}", again=later or _EACH_DAY) from error
    if one.told == THERE_AGAIN and deleted:
        raise Stopped(Stop.UNDELETED, THERE_AGAIN, again=_EACH_DAY)
    if deleted or one.told == THERE_AGAIN:
        return ""
    if later is not None:
        raise Stopped(Stop.MISSING, f"there is no {path}", again=later)
    return f"there was no {path}"


async def came_back(pool: Pool, one: Recording) -> bool:
    """Whether its file, which was deleted, is there again; it is refused anew then."""
    try:
        _, path = await place_of(pool, one)
    except Stopped:
        return False
    if one.sent or not await asyncio.to_thread(path.is_file):
        return False
    return await pool.fetchval(SQL["came_back"], one.id, THERE_AGAIN) is not None
