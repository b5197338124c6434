"""MP3s of recordings, for CRMs and players that know no Opus: made when one is first asked for, then kept beside it.

The key tells the Opus it was made of: one that changes has another copy. Whatever lets a recording's sound go, or
changes it, forgets `copy_key` after its commit; a copy that was being made meanwhile is taken back here.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from recordings.children import limited
from recordings.converting import program
from recordings.media import to_mp3
from recordings.recording import Recording
from recordings.sending import File, NotNow, NotThere
from recordings.store import find
from recordings.vault import StoreLost, Vault, vault_of
from trunkline.db.types import Pool
from trunkline.errors import Overloaded
from trunkline.keys import pool_key, settings_key
from trunkline.log import get_logger
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

_LEAST_SECONDS: Final = 20.0
_SLOWEST: Final = 0.25
"""Seconds of work a second of sound: a hundredth is usual."""
_MOST_WAITING: Final = 20


class NoCopy(Exception):
    """ffmpeg made no MP3 of it."""


@dataclass(slots=True)
class Copies:
    """Makes them, one at a time; `workshop` is a folder of this machine for what is being worked on."""

    pool: Pool
    vault: Vault
    workshop: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0

    async def mp3(self, one: Recording) -> File:
        """The MP3 of a recording that can be heard; raises NotThere, Overloaded, NoCopy and TimeoutError."""
        size = await self.vault.size(one.copy_key)
        if size is None:
            if self._waiting >= _MOST_WAITING:
                raise Overloaded(_("Many recordings are being made into MP3: try again in a minute."))
            self._waiting += 1
            try:
                async with self._turn:
                    size = await self.vault.size(one.copy_key) or await self._make(one)
            finally:
                self._waiting -= 1
        return File(one.copy_key, size, "audio/mpeg")

    async def _make(self, one: Recording) -> int:
        await asyncio.to_thread(self.workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.workshop) as folder:
            source, target = Path(folder, "sound.opus"), Path(folder, "sound.mp3")
            try:
                await self.vault.fetch(one.key, source)
            except FileNotFoundError:
                raise NotThere from None
            command = to_mp3(program(), source, target, min(one.channels, 2))
            told = await limited(command, _LEAST_SECONDS + _SLOWEST * one.seconds)
            if told.code:
                raise NoCopy(told.why or f"ffmpeg ended with code {told.code}")
            size = (await asyncio.to_thread(target.stat)).st_size
            await self.vault.put(one.copy_key, target)
        async with self.pool.acquire() as connection:
            now = await find(connection, one.id)
        if now is None or now.sha256 != one.sha256 or not now.is_audible:
            await self.vault.forget(one.copy_key)
            raise NotThere
        return size


copies_key = web.AppKey("recordings_copies", Copies)


async def copies_context(app: web.Application) -> AsyncIterator[None]:
    """Those of this process."""
    settings = app[settings_key]
    app[copies_key] = Copies(app[pool_key], vault_of(settings), settings.data_dir / "workshop")
    yield


async def copy_of(request: web.Request, one: Recording) -> File:
    """The MP3; raises NotThere, NotNow and Overloaded."""
    try:
        return await request.app[copies_key].mp3(one)
    except StoreLost as error:
        log.warning("recording_not_copied", recording=str(one.id), error=str(error))
        raise NotNow from None
    except (NoCopy, OSError) as error:  # a full disk of this machine, and what took too long
        log.warning("recording_not_copied", recording=str(one.id), error=str(error) or type(error).__name__)
        raise Overloaded(_("No MP3 could be made of this recording: try again, or take it as it is.")) from error
