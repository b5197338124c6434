"""The line each number was last in touch with, as the question knows it: a mapped file, and what happened since.

`<data>/directory/last_lines` is written by the worker (last_file.py) and belongs to nobody else: it may be deleted. Its
form: magic, count and length of the names; the lines' numbers as msgpack, padded to eight bytes; sorted uint64 keys
(trunkline.directory.values.number_key); a uint32 place in the names for each.
"""

import mmap
import struct
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from trunkline.directory.values import NO_KEY, number_key
from trunkline.log import get_logger

log = get_logger(__name__)

FILE_NAME = "last_lines"
HEADER = struct.Struct("<8sQQ")
MAGIC = b"TLLAST01"
_MOST_RECENT = 50_000


class LastLines:
    """Look-ups by number; a timer calls `refresh`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._seen: tuple[int, int] | None = None
        self._names: Sequence[str] = ()
        self._keys: memoryview | Sequence[int] = ()
        self._places: memoryview | Sequence[int] = ()
        self._recent: OrderedDict[str, str] = OrderedDict()
        self.refresh()

    def line_of(self, number: str) -> str:
        """The line, or an empty string."""
        if line := self._recent.get(number):
            return line
        key = number_key(number)
        place = bisect_left(self._keys, key) if key != NO_KEY else len(self._keys)
        if place < len(self._keys) and self._keys[place] == key:
            return self._names[self._places[place]]
        return ""

    def note(self, number: str, line: str) -> None:
        """`number` and `line` are in touch now."""
        self._recent[number] = line
        self._recent.move_to_end(number)
        if len(self._recent) > _MOST_RECENT:
            self._recent.popitem(last=False)

    def refresh(self) -> None:
        """Take over a newer file; one that cannot be read leaves the last."""
        try:
            stat = self._path.stat()
        except OSError:
            return
        if (seen := (stat.st_ino, stat.st_mtime_ns)) == self._seen:
            return
        self._seen = seen
        try:
            self._map()
        except (OSError, ValueError, struct.error, msgspec.DecodeError) as error:
            log.warning("last_lines_unreadable", reason=str(error))

    def _map(self) -> None:
        with self._path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        magic, count, length = HEADER.unpack_from(whole)
        start = HEADER.size + -(-length // 8) * 8
        if magic != MAGIC or len(whole) != start + 12 * count:
            raise ValueError("it is cut or of another form")
        names = msgspec.msgpack.decode(whole[HEADER.size : HEADER.size + length], type=list[str])
        keys, places = whole[start : start + 8 * count].cast("Q"), whole[start + 8 * count :].cast("I")
        if count and max(places) >= len(names):
            raise ValueError("a place beyond its names")
        self._names, self._keys, self._places = names, keys, places
