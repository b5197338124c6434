"""The MaxMind DB file that tells where addresses are: asked in microseconds, and taken over when it is replaced.

What is asked is a copy of it that has no name any more: whoever writes over the file in place (`cp`, `curl -o`) would
take the ground from under the memory that is mapped to it, and end the process.
"""

import asyncio
import shutil
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NamedTuple

import maxminddb
from maxminddb import InvalidDatabaseError, Reader

from trunkline.errors import TrunklineError
from trunkline.geo.place import NOWHERE, Place, read_place
from trunkline.log import get_logger

log = get_logger(__name__)

_LOOK_SECONDS: Final = 10.0
_CHUNK: Final = 1 << 20
_MOST_KEPT: Final = 8192
"""Networks whose places are remembered: a visitor's next page finds his."""
_TELLS_PLACES: Final = ("city", "country", "enterprise")
_TRIED: Final = ("8.8.8.8", "77.88.8.8", "192.0.2.1")
_TROUBLE: Final = (OSError, ValueError, TypeError, KeyError, IndexError, InvalidDatabaseError)
"""What the library raises of a file that is damaged, and of an address of IPv6 where it only knows IPv4."""


class GeoUnusable(TrunklineError):
    """The file tells no places; the message says why."""


class Made(NamedTuple):
    """What a file says of itself: its kind, and the day it was made."""

    kind: str
    day: date

    def __str__(self) -> str:
        return f"{self.kind} of {self.day}"


class _Mark(NamedTuple):
    """Tells one content of the path from the next."""

    inode: int
    modified: int
    size: int


_NEVER: Final = _Mark(0, 0, 0)


class _Known(NamedTuple):
    """The file in use, and the places that were looked up in it."""

    reader: Reader | None
    places: dict[str, Place]


def look_at(path: Path) -> Made:
    """What the file is, for whoever asks what is wrong; raises GeoUnusable."""
    try:
        with _opened(path) as reader:
            return _made(reader)
    except _TROUBLE as error:
        raise GeoUnusable(_reason(path, error)) from error


class GeoFile:
    """The file as this process knows it: the newest good one, whatever has become of the path since."""

    def __init__(self, path: Path, folder: Path, language: str) -> None:
        """`folder`: whose disk holds the copy; `language`: of the cities' names, if the file has it."""
        self._path, self._folder, self._language = path, folder, language
        self._mark: _Mark | None = _NEVER
        self._known = _Known(None, {})
        self.fault = ""
        """Why the path's file is not the one in use; empty while it is."""

    def place(self, network: str) -> Place:
        """Where an address, or the network it stands for, is; NOWHERE where that is not known. Never raises."""
        reader, known = self._known
        place = known.get(network)
        if place is not None:
            return place
        if reader is None:
            return NOWHERE
        if len(known) >= _MOST_KEPT:
            known.clear()
        place = known[network] = self._found(reader, network.partition("/")[0])
        return place

    def refresh(self) -> None:
        """Take the path's file over if it is another one than before; one that is damaged leaves the last in use."""
        mark = self._marked()
        if mark == self._mark:
            return
        try:
            reader = self._copied()
            if mark != self._marked():  # it is being written
                return
        except _TROUBLE as error:
            self._tell(_reason(self._path, error))
        else:
            made, self._known, self.fault = _made(reader), _Known(reader, {}), ""
            log.info("geo_file_taken_over", file=str(self._path), kind=made.kind, day=str(made.day))
        self._mark = mark

    async def follow(self) -> None:
        """Look for another file every ten seconds, for ever."""
        while True:
            await asyncio.to_thread(self.refresh)
            await asyncio.sleep(_LOOK_SECONDS)

    def _found(self, reader: Reader, address: str) -> Place:
        try:
            return read_place(reader.get(address), self._language)
        except _TROUBLE:
            return NOWHERE

    def _marked(self) -> _Mark | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return _Mark(stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def _copied(self) -> Reader:
        with self._path.open("rb") as source, tempfile.TemporaryFile(dir=self._folder) as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
            copy.flush()
            return _opened(Path(f"/dev/fd/{copy.fileno()}"))

    def _tell(self, fault: str) -> None:
        if fault != self.fault:
            log.warning("geo_file_refused", reason=fault, used="the last good one" if self._known.reader else "none")
        self.fault = fault


def _opened(path: Path) -> Reader:
    """The file, tried on some addresses; raises one of _TROUBLE."""
    reader = maxminddb.open_database(path)
    try:
        kind = reader.metadata().database_type
        if not any(word in kind.lower() for word in _TELLS_PLACES):
            raise InvalidDatabaseError(f"it is {kind or 'of no kind'}, and tells no places")
        for address in _TRIED:
            reader.get(address)
    except _TROUBLE:
        reader.close()
        raise
    return reader


def _made(reader: Reader) -> Made:
    told = reader.metadata()
    return Made(told.database_type, datetime.fromtimestamp(told.build_epoch, UTC).date())


def _reason(path: Path, error: Exception) -> str:
    """In words for whoever named the file."""
    if isinstance(error, OSError):
        return f"{path} cannot be read: {error.strerror or error}"
    return (
        f"{path} is no database of places (GeoLite2-City, DB-IP City Lite): {str(error)[:200] or type(error).__name__}"
    )


__all__ = ["GeoFile", "GeoUnusable", "Made", "look_at"]
