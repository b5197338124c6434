"""Silences what was hidden, in the sound itself: another Opus takes the place of the one that is kept.

The sound first, then its row, both in one turn at the recording (`putting.py`). A worker that is killed between leaves
a recording that nobody is given to hear, and the next silences it again, which changes nothing that is heard.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings.converting import NotConverted, convert_silenced
from recordings.forgetting import forget_strays
from recordings.hiding import Hidden
from recordings.putting import take_turn
from recordings.recording import Recording
from recordings.redactions import SQL, to_silence
from recordings.store import find
from recordings.vault import Vault
from trunkline.db.types import Pool
from trunkline.log import get_logger

log = get_logger(__name__)

_MOST_TURNS: Final = 3


@dataclass(frozen=True, slots=True)
class Silencer:
    """`workshop` is a folder of this machine for what is being worked on."""

    pool: Pool
    vault: Vault
    workshop: Path

    async def silence(self, recording: Recording) -> None:
        """Silence what is still to be; nothing where nothing is. Raises NotConverted, OSError and TimeoutError."""
        await asyncio.to_thread(self.workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        for _turn in range(_MOST_TURNS):
            async with self.pool.acquire() as connection:
                wanted = await to_silence(connection, recording.id)
            if not wanted:
                return
            folder = tempfile.TemporaryDirectory(dir=self.workshop)
            try:
                if await self._silenced(recording, wanted, Path(folder.name)):
                    log.info("recording_silenced", recording=str(recording.id), places=len(wanted))
                    return
            finally:
                await asyncio.to_thread(folder.cleanup)
        raise NotConverted("more of it had to be silenced each time")

    async def _silenced(self, recording: Recording, wanted: Sequence[Hidden], folder: Path) -> bool:
        """False where more has to be silenced meanwhile."""
        source, target = folder / "sound.opus", folder / "silenced.opus"
        await self.vault.fetch(recording.key, source)
        made = await convert_silenced(source, recording, target, [(one.start, one.end) for one in wanted])
        if not made.seconds:
            raise NotConverted("it holds no sound")
        size = (await asyncio.to_thread(target.stat)).st_size
        async with self.pool.acquire() as connection, connection.transaction():
            await take_turn(connection, recording.id)
            if not await connection.fetchval(SQL["is_muted"], recording.id):
                return True  # its time was over, or somebody else was quicker
            if await to_silence(connection, recording.id) != wanted:
                return False
            await self.vault.forget(recording.copy_key)  # none is made of what is muted
            digest = await self.vault.put(recording.key, target)
            if await connection.fetchval(SQL["lock_muted"], recording.id) is not None:
                if await to_silence(connection, recording.id) != wanted:
                    return False
                await connection.execute(SQL["silenced"], recording.id, size, digest, made.peaks)
                await connection.execute(SQL["note_silenced"], recording.id)
                return True
            now = await find(connection, recording.id)
        await forget_strays(self.vault, now)  # it was refused meanwhile
        return True
