"""Numbering ranges as they lie in memory: sorted numbers to bisect, and what each range is. No I/O here.

A range is one uint64 (first number of ten digits, then its length less one in 30 bits) and one uint32 (place in the
table of places, then in that of operators, 16 bits each). Ranges never overlap and never cross the first digit. An
index tells where the ranges of each first four digits begin: a look-up then halves some seven times and not nineteen.
"""

import datetime as dt
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field

import msgspec

from trunkline.numbering.region import KAZAKHSTAN, PLAN, UNKNOWN, Region, RegionKind, country_of

LENGTH_BITS = 30
_LENGTH_MASK = (1 << LENGTH_BITS) - 1
MOST_TEXTS = 1 << 16
STEP = 10**6
STEPS = 10**10 // STEP
_CODE = 10**7
_PLAN = {int(code): kind for code, kind in PLAN.items()}
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


class StepIndex:
    """The index of ranges that come in rising."""

    def __init__(self) -> None:
        self._places = array("I")

    def add(self, first: int, place: int) -> None:
        """The range at `place` begins with `first`."""
        missing = first // STEP + 1 - len(self._places)
        if missing > 0:
            self._places.extend([place] * missing)

    def finish(self, count: int) -> bytes:
        """The index of `count` ranges, as it lies in memory: one place more than there are steps."""
        return (self._places + array("I", [count]) * (STEPS + 1 - len(self._places))).tobytes()


@dataclass(frozen=True, slots=True)
class RangeTable:
    """All ranges; `keys`, `info` and `steps` are memory of a mapped file."""

    keys: memoryview = _NOTHING
    info: memoryview = _NOTHING
    steps: memoryview = _NOTHING
    texts: RangeTexts = field(default_factory=RangeTexts)
    _told: dict[int, Region] = field(default_factory=dict)
    """What `info` has been read as: some thousands of regions stand for all ranges."""

    def region(self, number: str) -> Region:
        """Where `number` (E.164) comes from. In one piece, for it is asked with every question."""
        if number[:2] != "+7":
            return country_of(number)
        national = number[2:]
        if len(national) != 10 or not (national.isascii() and national.isdigit()):
            return UNKNOWN
        value = int(national)
        code = value // _CODE
        if 600 <= code < 800:
            return KAZAKHSTAN
        steps = self.steps
        if steps:
            step, keys = value // STEP, self.keys
            place = bisect_right(keys, value << LENGTH_BITS | _LENGTH_MASK, steps[step], steps[step + 1]) - 1
            if place >= 0:
                key = keys[place]
                if value - (key >> LENGTH_BITS) <= key & _LENGTH_MASK:
                    info = self.info[place]
                    if code not in _PLAN:
                        return self._told.get(info) or self._tell(info)
                    return Region(_PLAN[code], (), self.texts.operators[info & 0xFFFF])
        return Region(_PLAN[code]) if code in _PLAN else self._outside(national[0])

    def _tell(self, info: int) -> Region:
        kind, subjects = self.texts.places[info >> 16]
        self._told[info] = told = Region(kind, subjects, self.texts.operators[info & 0xFFFF])
        return told

    def _outside(self, digit: str) -> Region:
        """In no range: that says something only where the registry of its first digit is known.

        No file has ever held 0, 1, 2 and 5: the plan gives them to nobody, as any registry shows.
        """
        dated = self.texts.dated.get(digit)
        if dated is None and digit in _NO_FILE_FOR:
            dated = max(self.texts.dated.values(), default=None)
        return UNKNOWN if dated is None else Region(RegionKind.NONE, dated=dated)
