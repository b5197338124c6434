"""How a pool fills and empties, step by step: who found a number keeps it from who comes now. No I/O here.

Erlang-B at the load of each moment would be wrong where the load changes fast: when a burst has taken every number,
none is given back until the first holds are over. So the numbers taken are reckoned from who was let in, not from who
came, and each moment loses as many as Erlang's formula does at the steady load that would have as many numbers taken
(the fixed point approximation of loss systems that change in time; Alnowibet and Perros, 2009). Steady, it is Erlang-B.
"""

from bisect import bisect
from collections.abc import Sequence
from typing import Final

from calltracking.planner.erlang import coverage

STEP: Final = 5
"""Minutes for which the load counts as one."""
_FORGOTTEN: Final = 0.002
_NOTHING: Final = 1e-9
_CALM: Final = 1e-6
_POINTS: Final = 1000
_WIDER: Final = 40.0
"""So far beyond what is offered the table of steady loads reaches: a pool that is taken whole has no steady load."""
_MANY: Final = 1000
"""Beyond so many numbers each is reckoned by itself (calltracking/planner/erlang.py)."""
_GROWS: Final = 1.2
"""How far apart the sizes are at which the curve is played."""


class Filling:
    """A load by steps of `STEP`, to be met by pools of any size."""

    def __init__(self, rates: Sequence[float], kernel: Sequence[float]) -> None:
        """Arrivals a minute; of how many minutes who came so many steps ago still takes his number."""
        self._rates, self._kernel = rates, kernel
        self.arrivals = [STEP * rate for rate in rates]
        self.arrived = sum(self.arrivals)
        earlier = _Earlier(kernel, rates[0] if rates else 0.0)
        self.offered: list[float] = []
        for rate in rates:
            self.offered.append(kernel[0] * rate + earlier.taken())
            earlier.add(rate)

    def blocked(self, sizes: Sequence[int]) -> list[float]:
        """Visitors who find none, for each of several sizes."""
        most = max(self.offered, default=0.0)
        top = _WIDER * (most + max(sizes, default=0)) + 1
        loads = [top * (place / _POINTS) ** 2 for place in range(_POINTS + 1)]
        tables = _passing(sizes, loads)
        return [self._play(size, loads, table) for size, table in zip(sizes, tables, strict=True)]

    def _play(self, size: int, loads: Sequence[float], passing: Sequence[float]) -> float:
        if size == 0:
            return self.arrived
        calm = max((load for load, share in zip(loads, passing, strict=True) if share > 1 - _CALM), default=0.0)
        lost = 0.0
        earlier = _Earlier(
            self._kernel, self._rates[0] * _steady(loads, passing, self.offered[0]) if self._rates else 0.0
        )
        for offered, rate in zip(self.offered, self._rates, strict=True):
            share = 1.0
            if offered > calm:
                share = _share(loads, passing, earlier.taken(), rate * self._kernel[0])
            earlier.add(rate * share)
            lost += rate * (1 - share)
        return STEP * lost


class _Earlier:
    """Numbers taken by who came in the steps before, in a few additions a step however long a stay is.

    While the hold lasts each step of the past weighs the same: a week of it is one difference of running sums. After it
    each weighs a part of the one before: their sum is that part of the sum of a step ago, and what came and fell out.
    """

    def __init__(self, kernel: Sequence[float], first: float) -> None:
        """`first`: who came a minute in every step before all of them."""
        self._kernel, self._first = kernel, first
        self._whole = next((place for place, one in enumerate(kernel) if place and one < STEP - _NOTHING), len(kernel))
        self._tail = tail = min(self._whole + 1, len(kernel))  # the step before it may hold the end of the hold
        self._left = kernel[tail + 1] / kernel[tail] if tail + 1 < len(kernel) else 0.0
        self._later = sum(kernel[tail:]) * first
        self._came: list[float] = []
        self._sums = [0.0]

    def taken(self) -> float:
        """At the step that comes."""
        kernel, whole, place = self._kernel, self._whole, len(self._came)
        start = place - whole + 1
        resting = STEP * (self._sums[place] - self._sums[max(start, 0)] + max(-start, 0) * self._first)
        return resting + self._later + sum(kernel[back] * self._of(back) for back in range(whole, self._tail))

    def add(self, rate: float) -> None:
        """Who came in that step."""
        kernel, tail = self._kernel, self._tail
        self._came.append(rate)
        self._sums.append(self._sums[-1] + rate)
        if tail < len(kernel):
            self._later *= self._left
            self._later += kernel[tail] * self._of(tail) - self._left * kernel[-1] * self._of(len(kernel))

    def _of(self, back: int) -> float:
        """Who came so many steps before the one that comes."""
        return self._came[-back] if back <= len(self._came) else self._first


def sizes_to_play(most: int) -> list[int]:
    """Sizes from 1 to `most`, ever farther apart: between them the curve is even."""
    sizes, size = list[int](), 1.0
    while size < most:
        sizes += [round(size)] if not sizes or round(size) > sizes[-1] else []
        size *= _GROWS
    return [*(size for size in sizes if size < most), *([most] if most else [])]


def _passing(sizes: Sequence[int], loads: Sequence[float]) -> list[list[float]]:
    """Of each size the share that Erlang's formula lets in at each of the loads."""
    if max(sizes, default=0) > _MANY:
        return [[coverage(size, load) for load in loads] for size in sizes]
    places, most = {size: rank for rank, size in enumerate(sizes)}, max(sizes, default=0)
    tables: list[list[float]] = [[] for _ in sizes]
    for load in loads:
        share = 1.0
        for taken in range(1, most + 1):
            share = load * share / (taken + load * share)
            if taken in places:
                tables[places[taken]].append(1.0 - share)
    return tables


def _share(loads: Sequence[float], passing: Sequence[float], taken: float, coming: float) -> float:
    """Who is let in of `coming` (numbers they would take at once) beside `taken`.

    At the steady load that has as many numbers taken, Erlang's formula lets in that share.
    """
    low, high = 0, len(loads) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (loads[middle] - coming) * passing[middle] < taken else (low, middle)
    less, more = ((loads[one] - coming) * passing[one] - taken for one in (low, high))
    part = min(max(-less / (more - less), 0.0), 1.0) if more > less else 0.0
    return passing[low] + part * (passing[high] - passing[low])


def _steady(loads: Sequence[float], passing: Sequence[float], load: float) -> float:
    """Who is let in at a load that has lasted."""
    return passing[min(bisect(loads, load), len(loads) - 1)]
