"""What the PBX wrote, as a file of this machine, while it is worked on."""

import asyncio
import tempfile
from pathlib import Path

from recordings.recording import Recording
from recordings.vault import Vault


class AtHand:
    """Entered, the path of the source in a folder of its own in `workshop`, where other files may be made beside it."""

    def __init__(self, vault: Vault, workshop: Path, one: Recording) -> None:
        self._vault, self._workshop, self._one = vault, workshop, one
        self._folder: tempfile.TemporaryDirectory[str]

    async def __aenter__(self) -> Path:
        await asyncio.to_thread(self._workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=self._workshop)
        path = Path(self._folder.name, "source")
        try:
            await self._vault.fetch(self._one.source_key, path)
        except BaseException:
            self._folder.cleanup()
            raise
        return path

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.to_thread(self._folder.cleanup)
