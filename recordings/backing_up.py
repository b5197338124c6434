"""Recordings as a backup sees them (`trunkline.backup.sounds.Sounds`): which sounds are kept where, by their rows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from recordings.recording import Recording, Stage
from recordings.store import SQL
from recordings.vault import vault_of
from trunkline.backup.sounds import Sound
from trunkline.db.types import Connection
from trunkline.settings import Settings

_BATCH = 1000


class KeptSounds:
    """Those of this installation."""

    def __init__(self, settings: Settings) -> None:
        self.folder = None if settings.recordings.s3_bucket else settings.recordings_dir
        self._vault = vault_of(settings) if self.folder is None else None

    async def listed(self, connection: Connection) -> AsyncIterator[Sound]:
        """By call; what is not converted yet is what its PBX wrote. A database of long ago has no recordings."""
        if await connection.fetchval("select to_regclass('recordings')") is None:
            return
        async for row in connection.cursor(SQL["kept_sounds"], prefetch=_BATCH):
            one = Recording(row["id"], row["call_id"], "", "", row["file"], Stage(row["stage"]))
            key = one.key if one.is_kept else one.source_key
            yield Sound(key, row["size"], row["sha256"].hex())

    async def size(self, key: str) -> int | None:
        """How many bytes are kept there; a folder that is not there is not made for it. Raises OSError."""
        if self._vault is not None:
            return await self._vault.size(key)
        assert self.folder is not None
        return await asyncio.to_thread(_size_of, self.folder / key)


def _size_of(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
