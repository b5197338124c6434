"""Numbering ranges as they lie in memory: sorted numbers to bisect, and what each range is. No I/O here.

A range is one uint64 (first number of ten digits, then its length less one in 30 bits) and one uint32 (place in the
table of places, then in that of operators, 16 bits each). Ranges never overlap and never cross the first digit.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from trunkline.numbering.region import KAZAKHSTAN, UNKNOWN, Region, RegionKind, country_of, plan_kind

LENGTH_BITS = 30
_LENGTH_MASK = (1 << LENGTH_BITS) - 1
MOST_TEXTS = 1 << 16
_NO_FILE_FOR = frozenset("0125")
_NOTHING = memoryview(b"")


class RangeTexts(msgspec.Struct, frozen=True, array_like=True):
    """What ranges refer to, and the day of the registry each first digit was read from."""

    places: tuple[tuple[RegionKind, tuple[str, ...]], ...] = ()
    operators: tuple[str, ...] = ()
    dated: dict[str, dt.date] = {}


def range_key(first: int, last: int) -> int:
    """A range as it is sorted; raises ValueError for what is none."""
    if not 0 <= first <= last < 10**10 or first // 10**9 != last // 10**9:
        raise ValueError(f"no range of one first digit: {first}-{last}")
    return first << LENGTH_BITS | last - first


def range_info(place: int, operator: int) -> int:
    """Place and operator of a range in one number."""
    return place << 16 | operator


@dataclass(frozen=True, slots=True)
class RangeTable:
    """All ranges; `keys` and `info` are memory of a mapped file."""

    keys: memoryview = _NOTHING
    info: memoryview = _NOTHING
    texts: RangeTexts = field(default_factory=RangeTexts)

    def region(self, number: str) -> Region:
        """Where `number` (E.164) comes from."""
        if not number.startswith("+7"):
            return country_of(number)
        national = number[2:]
        if len(national) != 10 or not (national.isascii() and national.isdigit()):
            return UNKNOWN
        kind = plan_kind(national)
        if kind is RegionKind.KAZAKHSTAN:
            return KAZAKHSTAN
        place = self._place(int(national))
        if place < 0:
            return self._outside(national[0]) if kind is None else Region(kind)
        info = self.info[place]
        operator = self.texts.operators[info & 0xFFFF]
        if kind is not None:
            return Region(kind, (), operator)
        kind, subjects = self.texts.places[info >> 16]
        return Region(kind, subjects, operator)

    def _place(self, national: int) -> int:
        """Which range holds it; -1 for none."""
        place = bisect_right(self.keys, national << LENGTH_BITS | _LENGTH_MASK) - 1
        if place < 0:
            return -1
        key = self.keys[place]
        return place if national - (key >> LENGTH_BITS) <= key & _LENGTH_MASK else -1

    def _outside(self, digit: str) -> Region:
        """In no range: that says something only where the registry of its first digit is known.

        No file has ever held 0, 1, 2 and 5: the plan gives them to nobody, as any registry shows.
        """
        dated = self.texts.dated.get(digit)
        if dated is None and digit in _NO_FILE_FOR:
            dated = max(self.texts.dated.values(), default=None)
        return UNKNOWN if dated is None else Region(RegionKind.NONE, dated=dated)


def ages(dated: Mapping[str, dt.date], today: dt.date) -> dict[str, int]:
    """Days since each registry's day."""
    return {digit: (today - day).days for digit, day in sorted(dated.items())}
