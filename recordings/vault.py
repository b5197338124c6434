"""Where recordings are kept: one folder, by keys such as `2026/11/27/ID.opus`."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from trunkline.settings import Settings


class Vault:
    """A store of objects. What is put is there whole or not at all; troubles are OSError, of what is not there
    FileNotFoundError."""

    def __init__(self, folder: Path) -> None:
        self._store = LocalStore(folder, mkdir=True)

    async def put(self, key: str, path: Path) -> bytes:
        """Keep the file at `path`; returns its SHA-256."""
        digest = await asyncio.to_thread(_digest, path)
        with _troubles():
            await obstore.put_async(self._store, key, path)
        return digest

    async def fetch(self, key: str, path: Path) -> None:
        """Write what is kept to `path`."""
        with _troubles(), path.open("wb") as file:
            found = await obstore.get_async(self._store, key)
            async for chunk in found:
                await asyncio.to_thread(file.write, chunk)

    async def size(self, key: str) -> int | None:
        """How many bytes are kept there; None for nothing."""
        try:
            with _troubles():
                return int((await obstore.head_async(self._store, key))["size"])
        except FileNotFoundError:
            return None

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`; raises FileNotFoundError before the first of them."""
        with _troubles():
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for chunk in found:
                yield bytes(chunk)

    async def forget(self, key: str) -> None:
        """Keep it no longer; nothing where it is not."""
        try:
            with _troubles():
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise OSError(f"the store of recordings: {error}") from error


def vault_of(settings: Settings) -> Vault:
    """The one of this installation."""
    return Vault(settings.recordings_dir)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
