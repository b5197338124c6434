"""Where recordings are kept: one folder or bucket, by keys such as `2026/11/27/ID.opus`."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from recordings.bucket import bucket_of, code_of, told_by
from recordings.leftovers import sweep
from trunkline.settings import Settings

_WINDOW: Final = 1 << 20
"""Bytes that are asked for at once: no request lasts as long as its listener takes, and no more is held of it."""
_LARGE_WINDOW: Final = 4 << 20
"""The same where it is read for this machine, in fewer requests."""
_PARTS_AT_ONCE: Final = 2
"""Of a large file, 5 MB each, that are on their way into the store: more would be held in memory."""
_ASIDE: Final = "begun"
"""Where in a folder files are until they are whole."""
_NOTHING: Final = "incoming/nothing"
"""A key that is never there."""


class StoreLost(OSError):
    """The bucket does not answer, or not to us: what it keeps is not known, and a later try may succeed."""


class Vault:
    """A store of objects. What is put is there whole or not at all; troubles are OSError, of what is not there
    FileNotFoundError, of a bucket that is out of reach StoreLost.
    """

    def __init__(self, place: Path | S3Store) -> None:
        self._folder = place if isinstance(place, Path) else None
        self._store = LocalStore(place, mkdir=True) if isinstance(place, Path) else place

    async def put(self, key: str, path: Path) -> bytes:
        """Keep the file at `path`; returns its SHA-256."""
        digest = await asyncio.to_thread(_digest, path)
        with self._troubles():
            if self._folder is None:
                await obstore.put_async(self._store, key, path, max_concurrency=_PARTS_AT_ONCE)
            else:
                await self._put_aside(self._folder, key, path)
        return digest

    async def _put_aside(self, folder: Path, key: str, path: Path) -> None:
        """Into a folder: written where a killed worker's leavings are found, and on the disk before it has its key."""
        aside = f"{_ASIDE}/{uuid4()}"
        try:
            await obstore.put_async(self._store, aside, path, max_concurrency=_PARTS_AT_ONCE)
            await asyncio.to_thread(_flush, folder / aside)
            await obstore.rename_async(self._store, aside, key)
        except BaseException:
            (folder / aside).unlink(missing_ok=True)
            raise
        await asyncio.to_thread(_flush, (folder / key).parent)

    async def sweep(self, now: float) -> int:
        """Throw away what killed workers had begun to put a day ago; a bucket does that itself."""
        return 0 if self._folder is None else await asyncio.to_thread(sweep, self._folder / _ASIDE, now)

    async def fetch(self, key: str, path: Path) -> None:
        """Write what is kept to `path`."""
        size = await self.size(key)
        if size is None:
            raise FileNotFoundError(f"the store of recordings has no {key}")
        with path.open("wb") as file:
            async for chunk in self.read(key, 0, size, _LARGE_WINDOW):
                await asyncio.to_thread(file.write, chunk)

    async def size(self, key: str) -> int | None:
        """How many bytes are kept there; None for nothing."""
        try:
            with self._troubles():
                return int((await obstore.head_async(self._store, key))["size"])
        except FileNotFoundError:
            await self.look()  # to this question a bucket that is not there gives the same answer
            return None

    async def read(self, key: str, start: int, end: int, window: int = _WINDOW) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`; raises FileNotFoundError before the first of them."""
        for at in range(start, end, window):
            with self._troubles():
                part = await obstore.get_range_async(self._store, key, start=at, end=min(at + window, end))
            yield bytes(part)

    async def forget(self, key: str) -> None:
        """Keep it no longer; nothing where it is not."""
        try:
            with self._troubles():
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def look(self) -> None:
        """Whether it can be used at all; raises OSError that says why not."""
        if self._folder is not None:
            if not await asyncio.to_thread(os.access, self._folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(f"the folder {self._folder} is not there, or not ours to write into")
            return
        try:
            with self._troubles():
                await obstore.get_async(self._store, _NOTHING)
        except FileNotFoundError:
            return

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            lost = isinstance(error, BaseError) or code_of(error) == "NoSuchBucket"
            if isinstance(self._store, S3Store) and lost:
                raise StoreLost(f"the bucket of the recordings: {told_by(error)}") from error
            if isinstance(error, FileNotFoundError):
                raise
            raise OSError(f"the folder of the recordings: {str(error).splitlines()[0]}") from error


def vault_of(settings: Settings) -> Vault:
    """The one of this installation."""
    return Vault(bucket_of(settings.recordings) if settings.recordings.s3_bucket else settings.recordings_dir)


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, survive a loss of power."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
