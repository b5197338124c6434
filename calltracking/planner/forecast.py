"""The coverage to expect of a pool from the load that was measured, hour by hour or finer. No I/O here.

The load changes over the day, so there is no one peak: each moment has its own blocking, and counts as much as visitors
come in it. Who came before is still on the page, or his number rests (calltracking/planner/filling.py).
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, pvariance

from calltracking.planner.erlang import MOST_NUMBERS
from calltracking.planner.filling import STEP, Filling, sizes_to_play
from calltracking.planner.sizing import Late, misattributed
from trunkline.errors import InvalidInput, Mistake

_FORGOTTEN = 0.002
_LOADS_AN_ERLANG = 200
_FINE = 400
"""Above two erlangs a four-hundredth of the load is nothing."""
_DAYS_TO_SMOOTH = 7
_BURST = 3.5
_TOLD = 1e-6
"""Of the visitors: what is less is not played."""
_NOTHING = 1e-9
_SHARP = 15
"""Minutes of the longest span in which a burst is taken to begin at once; an hour's change is mostly the day's."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Minutes a visitor looks at the site on average, and minutes the number rests after him."""

    dwell: float = 3.0
    hold: float = 5.0

    @property
    def minutes(self) -> float:
        """How long a number is taken."""
        return self.dwell + self.hold

    def left(self, after: float) -> float:
        """The minutes of a stay that lie later than `after`, on average; visits last exponentially."""
        if after < self.hold:
            return self.hold - after + self.dwell
        return self.dwell * math.exp((self.hold - after) / self.dwell) if self.dwell > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Visitors that came in spans of `minutes` each, in their order, from midnight on; 60, 30, 15, 10 or 5."""

    counts: Sequence[float]
    minutes: int = 60

    def __post_init__(self) -> None:
        if self.minutes not in {60, 30, 15, 10, 5}:
            raise InvalidInput(Mistake("minutes", "60, 30, 15, 10 or 5"))
        for place, count in enumerate(self.counts):
            if not 0 <= count < math.inf:
                raise InvalidInput(Mistake(f"counts[{place}]", "0 or more visitors"))

    def smoothed(self) -> list[float]:
        """The rates behind the counts: what is mere chance goes to the mean of that time of day, bursts stay.

        A count far above the usual one of its time is a burst. Of what the others vary, what chance explains goes.
        """
        a_day = 24 * 60 // self.minutes
        if len(self.counts) < _DAYS_TO_SMOOTH * a_day:
            return list(self.counts)
        times = [self.counts[place::a_day] for place in range(a_day)]
        most = [middle + _BURST * math.sqrt(max(middle, 1.0)) for middle in map(median, times)]
        calm = [[count for count in time if count <= limit] for time, limit in zip(times, most, strict=True)]
        means = [fmean(time) for time in calm]
        spread = fmean(pvariance(time, mean) for time, mean in zip(calm, means, strict=True))
        kept = max(0.0, 1 - fmean(means) / spread) if spread > 0 else 0.0
        return [
            count if count > most[place % a_day] else means[place % a_day] + kept * (count - means[place % a_day])
            for place, count in enumerate(self.counts)
        ]

    def rates(self) -> list[float]:
        """Arrivals a minute by steps of `STEP`; a short span between a lower and a higher one changes at once.

        A campaign begins and ends in a minute; spread over its first and last span it would seem to fill a pool less.
        """
        counts, steps = self.smoothed(), self.minutes // STEP
        found = []
        for before, count, after in zip([*counts[:1], *counts], counts, [*counts[1:], *counts[-1:]], strict=False):
            share = (count - before) / (after - before) if after != before else 0.0
            if self.minutes > _SHARP or not 0 < share < 1:
                found += [count / self.minutes] * steps
                continue
            parts = [min(max((step + 1) - steps * (1 - share), 0.0), 1.0) for step in range(steps)]
            found += [(before + part * (after - before)) / self.minutes for part in parts]
        return found


def coverage_of(numbers: int, measured: Measured, stay: Stay) -> float:
    """The share of visitors who find a rested number."""
    return coverage_at(numbers, filling_of(measured, stay))


def precision_at(numbers: int, rates: Sequence[float], per_hour: float, dwell: float, late: Late) -> float:
    """The share of calls that the last-lease rule credits rightly; what the attribution adds comes on top.

    `rates` are counts whose chance is taken out; `per_hour` of their spans make an hour.
    """
    arrived = sum(rates)
    wrong = sum(count * misattributed(numbers, count * per_hour, dwell, late) for count in rates if count)
    return 1.0 - wrong / arrived if arrived else 1.0


def numbers_for_load(measured: Measured, stay: Stay, goal: float) -> int:
    """The fewest numbers whose forecast is `goal`."""
    if not 0 < goal < 1:
        raise InvalidInput(Mistake("goal", "a coverage between 0 and 1, as 0.99"))
    filling = filling_of(measured, stay)
    low, high = 0, 1
    while coverage_at(high, filling) < goal:
        low, high = high, high * 2
        if high > MOST_NUMBERS:
            raise InvalidInput(Mistake("counts", f"a load that {MOST_NUMBERS} numbers can carry"))
    return fewest(goal, low, high, filling)


def fewest(goal: float, low: int, high: int, filling: Filling) -> int:
    """The fewest numbers above `low`, whose forecast is not yet `goal`, up to `high`, whose forecast is."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if coverage_at(middle, filling) < goal else (low, middle)
    return high


def curve_of(most: int, filling: Filling) -> list[float]:
    """`coverage_at` every number from 0 to `most`: played at some sizes, between them in proportion to Erlang's."""
    if not filling.arrived:
        return [1.0] * (most + 1)
    erlang = _erlang(most, filling)
    sizes = [size for size in sizes_to_play(most) if erlang[size] > _TOLD * filling.arrived]
    ratios = [lost / erlang[size] for size, lost in zip(sizes, filling.blocked(sizes), strict=True)]
    shares = [1.0]
    for size in range(1, most + 1):
        lost = erlang[size] * _between(sizes, ratios, size) / filling.arrived
        shares.append(min(lost, shares[-1]))
    return [1.0 - share for share in shares]


def _erlang(most: int, filling: Filling) -> list[float]:
    """Visitors blocked at every size if each moment's load had lasted."""
    loads: dict[int, float] = {}
    for load, arrivals in zip(filling.offered, filling.arrivals, strict=True):
        key = round(load * _LOADS_AN_ERLANG)
        if key > _FINE:
            coarse = key // _FINE + 1
            key = round(key / coarse) * coarse
        loads[key] = loads.get(key, 0.0) + arrivals
    blocked = [0.0] * (most + 1)
    for key, arrivals in loads.items():
        load, share = key / _LOADS_AN_ERLANG, 1.0
        blocked[0] += arrivals
        for taken in range(1, most + 1):
            share = load * share / (taken + load * share)
            if share < _NOTHING:
                break
            blocked[taken] += arrivals * share
    return blocked


def _between(sizes: Sequence[int], ratios: Sequence[float], size: int) -> float:
    """The ratio at a size between those that were played; beyond them that of the next."""
    place = bisect_left(sizes, size)
    if place == len(sizes) or sizes[place] == size or not place:
        return ratios[min(place, len(sizes) - 1)] if ratios else 1.0
    part = (size - sizes[place - 1]) / (sizes[place] - sizes[place - 1])
    return ratios[place - 1] + part * (ratios[place] - ratios[place - 1])


def coverage_at(numbers: int, filling: Filling) -> float:
    """`coverage_of` what `filling_of` gave."""
    return 1.0 - filling.blocked([numbers])[0] / filling.arrived if filling.arrived else 1.0


def filling_of(measured: Measured, stay: Stay) -> Filling:
    """What a pool of any size is to meet."""
    return Filling(measured.rates(), _kernel(stay))


def _kernel(stay: Stay) -> list[float]:
    """Of how many minutes who came so many steps ago still takes his number."""
    kernel: list[float] = []
    while not kernel or stay.left(STEP * len(kernel)) > _FORGOTTEN * stay.minutes:
        place = STEP * (len(kernel) - 0.5)
        kernel.append(stay.left(max(place, 0.0)) - stay.left(place + STEP))
    return kernel
