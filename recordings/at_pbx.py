"""Where a recording lies at its PBX, as this machine sees it, and when it is looked for there again."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from recordings.recording import Recording, Stop
from recordings.refusing import was_deleted
from trunkline.db.types import Pool
from trunkline.pbx.recorded import Folder, Outside, folder_of
from trunkline.pbx.store import find_pbx

_LOOKS_AGAIN: Final = ((timedelta(minutes=2), 2.0), (timedelta(minutes=15), 15.0), (timedelta(days=1), 300.0))
"""Until so long after it was found, or refused, a missing file is looked for again in so many seconds: copies from
another host come every few minutes, and some PBXs file a recording away after the call."""
_EACH_DAY: Final = 24 * 3600.0
"""What is refused and cannot be deleted is tried again as long as it takes."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Stopped(Exception):
    """It stays where it is."""

    def __init__(self, why: Stop, told: str = "", *, again: float | None = None) -> None:
        """`again`: in so many seconds it is tried again."""
        super().__init__(told)
        self.why = why
        self.told = told
        self.again = again


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
    again = look_again(one.gone_at or _LONG_AGO, datetime.now(UTC))
    try:
        if await asyncio.to_thread(was_deleted, path, folder.seen):
            return ""
    except OSError as error:
        raise Stopped(Stop.UNDELETED, f"{path}: {error.strerror}", again=again or _EACH_DAY) from error
    if again is not None:
        raise Stopped(Stop.MISSING, f"there is no {path}", again=again)
    return f"there was no {path}"


def look_again(since: datetime | None, now: datetime) -> float | None:
    """In how many seconds a file is looked for again that was not there since then; None once it is given up."""
    waited = now - since if since else timedelta()
    return next((seconds for until, seconds in _LOOKS_AGAIN if waited < until), None)
