"""The coverage to expect of a pool from the load that was measured, hour by hour or finer. No I/O here.

The load changes over the day, so there is no one peak: each moment has its own blocking, and counts as much as visitors
come in it. Who came before is still on the page, or his number rests: the offered load follows the arrivals.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, pvariance

from calltracking.planner.erlang import MOST_NUMBERS, coverage
from calltracking.planner.sizing import Late, misattributed
from trunkline.errors import InvalidInput, Mistake

STEP = 5
"""Minutes for which the load counts as one."""
_FORGOTTEN = 0.002
_LOADS_AN_ERLANG = 20
_DAYS_TO_SMOOTH = 7
_BURST = 3.5


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
    return _coverage(numbers, _loads(measured, stay))


def precision_of(numbers: int, measured: Measured, stay: Stay, late: Late | None = None) -> float:
    """The share of calls that the last-lease rule credits rightly; what the attribution adds comes on top."""
    late, arrived = late or Late(), sum(measured.counts)
    hourly = 60 / measured.minutes
    wrong = sum(
        count * misattributed(numbers, count * hourly, stay.dwell, late) for count in measured.smoothed() if count
    )
    return 1.0 - wrong / arrived if arrived else 1.0


def numbers_for_load(measured: Measured, stay: Stay, goal: float) -> int:
    """The fewest numbers whose forecast is `goal`."""
    if not 0 < goal < 1:
        raise InvalidInput(Mistake("goal", "a coverage between 0 and 1, as 0.99"))
    loads = _loads(measured, stay)
    low, high = 0, 1
    while _coverage(high, loads) < goal:
        low, high = high, high * 2
        if high > MOST_NUMBERS:
            raise InvalidInput(Mistake("counts", f"a load that {MOST_NUMBERS} numbers can carry"))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _coverage(middle, loads) < goal else (low, middle)
    return high


def _coverage(numbers: int, loads: dict[int, float]) -> float:
    arrived = sum(loads.values())
    if not arrived:
        return 1.0
    return sum(arrivals * coverage(numbers, key / _LOADS_AN_ERLANG) for key, arrivals in loads.items()) / arrived


def _loads(measured: Measured, stay: Stay) -> dict[int, float]:
    """Arrivals by the load they meet; a twentieth of an erlang is nothing, and a month has thousands of steps."""
    steps = measured.minutes // STEP
    rates = [count / measured.minutes for count in measured.smoothed() for _ in range(steps)]
    kernel: list[float] = []
    while not kernel or stay.left(STEP * len(kernel)) > _FORGOTTEN * stay.minutes:
        place = STEP * (len(kernel) - 0.5)
        kernel.append(stay.left(max(place, 0.0)) - stay.left(place + STEP))
    found: dict[int, float] = {}
    for place, rate in enumerate(rates):
        load = sum(share * rates[max(place - back, 0)] for back, share in enumerate(kernel))
        key = round(load * _LOADS_AN_ERLANG)
        found[key] = found.get(key, 0.0) + rate * STEP
    return found
