"""The coverage to expect of a pool from the load measured hour by hour. No I/O here.

The load changes over the day, so there is no one peak: each hour has its own blocking, and counts as much as visitors
come in it. Who came in the hour before is still on the page, which matters for long holds: the load follows the
arrivals with the stay as its lag.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from calltracking.planner.erlang import MOST_NUMBERS, coverage
from calltracking.planner.sizing import Late, misattributed
from trunkline.errors import InvalidInput, Mistake

_STEPS_AN_HOUR = 12


@dataclass(frozen=True, slots=True)
class Stay:
    """Minutes a visitor looks at the site, and minutes the number rests after him."""

    dwell: float = 3.0
    hold: float = 5.0

    @property
    def minutes(self) -> float:
        """How long a number is taken."""
        return self.dwell + self.hold


def coverage_of(numbers: int, hours: Sequence[float], stay: Stay) -> float:
    """The share of visitors who find a rested number, over measured `hours` (visitors in each, in their order)."""
    _check(hours)
    seen: dict[int, float] = {}
    covered = arrived = 0.0
    for arrivals, load in _loads(hours, stay.minutes):
        # A tenth of an erlang is nothing, and a month has thousands of steps of the same load.
        key = round(load * 20)
        if key not in seen:
            seen[key] = coverage(numbers, key / 20)
        covered += arrivals * seen[key]
        arrived += arrivals
    return covered / arrived if arrived else 1.0


def precision_of(numbers: int, hours: Sequence[float], stay: Stay, late: Late | None = None) -> float:
    """The share of calls that the last-lease rule credits rightly; what the attribution adds comes on top."""
    _check(hours)
    late, arrived = late or Late(), sum(hours)
    wrong = sum(count * misattributed(numbers, count, stay.dwell, late) for count in hours)
    return 1.0 - wrong / arrived if arrived else 1.0


def numbers_for_hours(hours: Sequence[float], stay: Stay, goal: float) -> int:
    """The fewest numbers whose forecast is `goal`."""
    if not 0 < goal < 1:
        raise InvalidInput(Mistake("goal", "a coverage between 0 and 1, as 0.99"))
    low, high = 0, 1
    while coverage_of(high, hours, stay) < goal:
        low, high = high, high * 2
        if high > MOST_NUMBERS:
            raise InvalidInput(Mistake("hours", f"a load that {MOST_NUMBERS} numbers can carry"))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if coverage_of(middle, hours, stay) < goal else (low, middle)
    return high


def _loads(hours: Sequence[float], minutes: float) -> list[tuple[float, float]]:
    """Arrivals and offered load of each step of an hour; the load forgets an hour as its visitors leave."""
    step = 60 / _STEPS_AN_HOUR
    kept = math.exp(-step / minutes) if minutes > 0 else 0.0
    load = hours[0] / 60 * minutes if hours else 0.0
    found = []
    for count in hours:
        target = count / 60 * minutes
        for _ in range(_STEPS_AN_HOUR):
            load = target + (load - target) * kept
            found.append((count / _STEPS_AN_HOUR, load))
    return found


def _check(hours: Sequence[float]) -> None:
    for place, count in enumerate(hours):
        if not 0 <= count < math.inf:
            raise InvalidInput(Mistake(f"hours[{place}]", "0 or more visitors"))
