"""Many recordings in one zip, as a stream: the sound of each and its text, one after the other, whatever their size."""

import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

_READ: Final = 1 << 16


class Bundle:
    """A zip that is read while it is written: no file, and no more memory than a piece of a sound.

    Nothing is packed smaller: Opus cannot be, and the text is little beside it.
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)

    async def add(self, name: str, at: datetime, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Put what `chunks` are in as `name`; yields the bytes of the zip that are ready meanwhile."""
        with self._zip.open(_entry(name, at), "w", force_zip64=True) as file:
            async for chunk in chunks:
                file.write(chunk)
                if len(self._sink.waiting) >= _READ:
                    yield self._sink.take()
        yield self._sink.take()

    def add_whole(self, name: str, at: datetime, content: bytes) -> bytes:
        """Put `content` in as `name`; the bytes of the zip that are ready."""
        self._zip.writestr(_entry(name, at), content)
        return self._sink.take()

    def end(self) -> bytes:
        """The zip's last bytes: its list of what is in it."""
        self._zip.close()
        return self._sink.take()


class _Sink:
    """Where a zip is written to that cannot be gone back in."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""

    def take(self) -> bytes:
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    moment = at.astimezone(UTC)
    return zipfile.ZipInfo(name, (max(1980, moment.year), *moment.timetuple()[1:6]))
