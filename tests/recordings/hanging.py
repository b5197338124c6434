"""A store that does not answer for a while, so that a test can do something meanwhile."""

import asyncio
from pathlib import Path

from recordings.vault import Vault


class Hanging(Vault):
    """To what is put, of names that end in `puts`, or where that is empty to what is to go."""

    def __init__(self, place: Path, *, puts: str = "") -> None:
        super().__init__(place)
        self._puts = puts
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def put(self, key: str, path: Path) -> bytes:
        if self._puts and key.endswith(self._puts):
            await self._hang()
        return await super().put(key, path)

    async def forget(self, key: str) -> None:
        if not self._puts:
            await self._hang()
        await super().forget(key)

    async def _hang(self) -> None:
        self.asked.set()
        await self.answers.wait()
