"""The coverage to expect of a pool from the load that was measured, hour by hour or finer. No I/O here.

The load changes over the day, so there is no one peak: each moment has its own blocking, and counts as much as visitors
come in it. Who came before is still on the page, or his number rests: the offered load follows the arrivals.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean, median, pvariance

from calltracking.planner.erlang import MOST_NUMBERS, coverage
from calltracking.planner.sizing import Late, misattributed
from trunkline.errors import InvalidInput, Mistake

STEP = 5
"""Minutes for which the load counts as one."""
_FORGOTTEN = 0.002
_LOADS_AN_ERLANG = 20
_FINE = 400
"""Above 20 erlangs a four-hundredth of the load is nothing."""
_DAYS_TO_SMOOTH = 7
_BURST = 3.5
_NOTHING = 1e-9


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


def coverage_of(numbers: int, measured: Measured, stay: Stay) -> float:
    """The share of visitors who find a rested number."""
    return coverage_at(numbers, loads_of(measured, stay))


def precision_of(numbers: int, measured: Measured, stay: Stay, late: Late | None = None) -> float:
    """The share of calls that the last-lease rule credits rightly; what the attribution adds comes on top."""
    return precision_at(numbers, measured.smoothed(), 60 / measured.minutes, stay.dwell, late or Late())


def precision_at(numbers: int, rates: Sequence[float], per_hour: float, dwell: float, late: Late) -> float:
    """The same of counts whose chance is taken out already; `per_hour` of their spans make an hour."""
    arrived = sum(rates)
    wrong = sum(count * misattributed(numbers, count * per_hour, dwell, late) for count in rates if count)
    return 1.0 - wrong / arrived if arrived else 1.0


def numbers_for_load(measured: Measured, stay: Stay, goal: float) -> int:
    """The fewest numbers whose forecast is `goal`."""
    if not 0 < goal < 1:
        raise InvalidInput(Mistake("goal", "a coverage between 0 and 1, as 0.99"))
    loads = loads_of(measured, stay)
    low, high = 0, 1
    while coverage_at(high, loads) < goal:
        low, high = high, high * 2
        if high > MOST_NUMBERS:
            raise InvalidInput(Mistake("counts", f"a load that {MOST_NUMBERS} numbers can carry"))
    return fewest(goal, low, high, loads)


def fewest(goal: float, low: int, high: int, loads: Mapping[int, float]) -> int:
    """The fewest numbers above `low`, whose forecast is not yet `goal`, up to `high`, whose forecast is."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if coverage_at(middle, loads) < goal else (low, middle)
    return high


def curve_of(most: int, loads: Mapping[int, float]) -> list[float]:
    """`coverage_at` every number from 0 to `most`, in one pass."""
    arrived = sum(loads.values())
    if not arrived:
        return [1.0] * (most + 1)
    blocked = [0.0] * (most + 1)
    for key, arrivals in loads.items():
        load, share = key / _LOADS_AN_ERLANG, 1.0
        blocked[0] += arrivals
        for taken in range(1, most + 1):
            share = load * share / (taken + load * share)
            if share < _NOTHING:
                break
            blocked[taken] += arrivals * share
    return [1.0 - each / arrived for each in blocked]


def coverage_at(numbers: int, loads: Mapping[int, float]) -> float:
    """`coverage_of` what `loads_of` gave."""
    arrived = sum(loads.values())
    if not arrived:
        return 1.0
    return sum(arrivals * coverage(numbers, key / _LOADS_AN_ERLANG) for key, arrivals in loads.items()) / arrived


def loads_of(measured: Measured, stay: Stay) -> dict[int, float]:
    """Arrivals by the load they meet; a twentieth of an erlang is nothing, and a month has thousands of steps."""
    steps = measured.minutes // STEP
    rates = [count / measured.minutes for count in measured.smoothed() for _ in range(steps)]
    found: dict[int, float] = {}
    for rate, load in zip(rates, met(rates, stay), strict=True):
        key = round(load * _LOADS_AN_ERLANG)
        if key > _FINE:
            coarse = key // _FINE + 1
            key = round(key / coarse) * coarse
        found[key] = found.get(key, 0.0) + rate * STEP
    return found


def met(rates: Sequence[float], stay: Stay) -> Iterator[float]:
    """The load that who comes in each step meets, in a few additions a step however long a stay is.

    While the hold lasts each step of the past weighs the same: a week of it is one difference of running sums. After it
    each weighs a part of the one before: their sum is that part of the sum of a step ago, and what came and fell out.
    """
    kernel = _kernel(stay)
    whole = next((place for place, share in enumerate(kernel) if place and share < STEP - _NOTHING), len(kernel))
    tail = min(whole + 1, len(kernel))  # the step before it may hold the end of the hold
    nearest, farthest = (kernel[tail], kernel[-1]) if tail < len(kernel) else (0.0, 0.0)
    left = math.exp(-STEP / stay.dwell) if stay.dwell > 0 else 0.0
    sums = [0.0, *accumulate(rates)]
    later = sum(kernel[tail:]) * rates[0] if rates else 0.0
    for place, rate in enumerate(rates):
        if place:
            came, fell = (rates[max(place - back, 0)] for back in (tail, len(kernel)))
            later = left * later + nearest * came - left * farthest * fell
        first = place - whole + 1
        load = kernel[0] * rate + sum(kernel[back] * rates[max(place - back, 0)] for back in range(whole, tail))
        yield load + later + STEP * (sums[place] - sums[max(first, 0)] + max(-first, 0) * rates[0])


def _kernel(stay: Stay) -> list[float]:
    """Of how many minutes who came so many steps ago still takes his number."""
    kernel: list[float] = []
    while not kernel or stay.left(STEP * len(kernel)) > _FORGOTTEN * stay.minutes:
        place = STEP * (len(kernel) - 0.5)
        kernel.append(stay.left(max(place, 0.0)) - stay.left(place + STEP))
    return kernel
