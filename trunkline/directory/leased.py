"""Which site's visitor holds each leased number, as the question knows it: a small file and its reading. No database.

`<data>/directory/leases.log` is written by the worker (calltracking/leases/following.py) and belongs to nobody else: it
may be deleted. Its form: magic and a name of its own, then frames (framing.py) of a msgpack map number → Leased, or
null for a number that is leased no more; the first frame holds all of them. The file's time says up to when it is true:
a writer that has nothing to add touches it.
"""

import os
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from trunkline.directory.framing import framed, frames
from trunkline.log import get_logger

log = get_logger(__name__)

FILE_NAME = "leases.log"
STALE_SECONDS = 10.0
"""Without a touch for longer, a number may have been given to a visitor of another site."""
_MAGIC = b"TLLEASE1"
_HEADER_SIZE = len(_MAGIC) + 8
_LARGEST = 4 << 20


class Leased(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One number of a pool."""

    default: str = ""
    """The pool's queue (its id): where a call goes that no lease explains."""
    late: int = 0
    """How many seconds after a lease's end a call is still its visitor's."""
    site: str = ""
    """Whose visitor holds it, or held it last; empty where nobody did."""
    queue: str = ""
    """The site's queue (its id); empty: the pool's."""
    ended: float = 0.0
    """When that lease ended, Unix seconds; 0.0 while it goes on."""
    several: bool = False
    """Visitors of several sites share it, so that it tells none of them."""


class Explained(StrEnum):
    """What a lease says about a call to its number."""

    HELD = "held"
    LATE = "late"
    """Its lease is over, a little while ago."""
    SEVERAL = "several"
    FREE = "free"
    """Nobody holds it, or held it lately."""
    STALE = "stale"
    """Who holds it now is not known."""


class Lease(NamedTuple):
    """How a call is explained, by which site, and the queue it is for."""

    explained: Explained
    site: str
    queue: str


class Leases:
    """The newest state that could be read; a timer calls `refresh`, look-ups never touch the folder."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / FILE_NAME
        self._clock = clock
        self._known: dict[str, Leased] = {}
        self._mark: tuple[int, int] | None = None
        self._header = b""
        self._offset = 0
        self._true_at = 0.0

    def of(self, number: str, now: float) -> Lease | None:
        """What explains a call to `number` at `now` (Unix seconds); None for a number that is not leased."""
        known = self._known.get(number)
        if known is None:
            return None
        return _explained(known, now, stale=self._clock() - self._true_at > STALE_SECONDS)

    def refresh(self) -> None:
        """Take over what the worker wrote since: one look at the file when nothing is new."""
        try:
            stat = self._path.stat()
            self._true_at = stat.st_mtime
            if (mark := (stat.st_ino, stat.st_size)) != self._mark:
                self._read()
                self._mark = mark
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            log.warning("leases_unreadable", reason=str(error))

    def _read(self) -> None:
        with self._path.open("rb") as file:
            header = file.read(_HEADER_SIZE)
            if not header.startswith(_MAGIC) or len(header) < _HEADER_SIZE:
                return
            if header != self._header:
                self._header, self._offset, self._known = header, _HEADER_SIZE, {}
            start = file.seek(self._offset)
            data = file.read()
        for payload, end in frames(data):
            self._offset = start + end
            _take(self._known, _decoder.decode(payload))


def _explained(known: Leased, now: float, *, stale: bool) -> Lease:
    if stale:
        return Lease(Explained.STALE, "", known.default)
    if known.several:
        return Lease(Explained.SEVERAL, "", known.default)
    queue = known.queue or known.default
    if known.site and not known.ended:
        return Lease(Explained.HELD, known.site, queue)
    if known.site and now - known.ended <= known.late:
        return Lease(Explained.LATE, known.site, queue)
    return Lease(Explained.FREE, "", known.default)


class LeasesFile:
    """The writing end; the worker that holds the directory's folder has it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._told: dict[str, Leased] = {}
        self._size = 0

    def tell(self, leased: Mapping[str, Leased]) -> None:
        """Everything as it is now: what differs is added, and the file is true up to this moment."""
        changes: dict[str, Leased | None] = {
            number: known for number, known in leased.items() if self._told.get(number) != known
        }
        changes |= dict.fromkeys(self._told.keys() - leased.keys())
        if not self._size or self._size > _LARGEST or not self._path.exists():
            self._begin(leased)
        elif changes:
            self._append(framed(_encoder.encode(changes)))
        else:
            os.utime(self._path)
        self._told = dict(leased)

    def _begin(self, leased: Mapping[str, Leased]) -> None:
        whole = _MAGIC + os.urandom(_HEADER_SIZE - len(_MAGIC)) + framed(_encoder.encode(leased))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")  # whoever owns the folder takes out what ends in .tmp
        fresh.write_bytes(whole)
        fresh.replace(self._path)
        self._size = len(whole)

    def _append(self, frame: bytes) -> None:
        size, self._size = self._size, 0  # a frame that was cut: the next time all of it is written anew
        with self._path.open("ab", buffering=0) as file:
            if file.write(frame) == len(frame):
                self._size = size + len(frame)


def _take(known: dict[str, Leased], changes: Mapping[str, Leased | None]) -> None:
    for number, leased in changes.items():
        if leased is None:
            known.pop(number, None)
        else:
            known[number] = leased


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, Leased | None])
