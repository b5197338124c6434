"""How many numbers a pool needs: for who is looking, and for late calls to find their visit. No I/O here.

Two constraints that do not follow from each other: Erlang-B on arrivals × (stay + hold), and
the gap after which the least recently used number is given again, against the delay of late calls.
"""

import math
from dataclasses import dataclass

from calltracking.planner.erlang import MOST_NUMBERS, numbers_for
from trunkline.errors import InvalidInput, Mistake


@dataclass(frozen=True, slots=True)
class Late:
    """Calls after the visit: their share of all, and their delay, a log-normal in minutes."""

    share: float = 0.2
    median: float = 20.0
    sigma: float = 1.5

    def longer_than(self, minutes: float) -> float:
        """The share of late calls whose delay is longer."""
        if minutes <= 0:
            return 1.0
        return 0.5 * math.erfc(math.log(minutes / self.median) / self.sigma / math.sqrt(2))


@dataclass(frozen=True, slots=True)
class Need:
    """Numbers by each constraint; the larger one counts."""

    coverage: int
    late: int

    @property
    def numbers(self) -> int:
        """How many to have."""
        return max(self.coverage, self.late)


def offered_load(per_hour: float, minutes: float) -> float:
    """Erlangs of `per_hour` visitors who hold a number for `minutes` each."""
    if per_hour < 0 or minutes < 0:
        raise InvalidInput(Mistake("per_hour" if per_hour < 0 else "minutes", "0 or more"))
    return per_hour / 60 * minutes


def reuse_gap(numbers: int, per_hour: float, dwell: float) -> float:
    """Minutes a number rests before the least recently used one is given again."""
    return math.inf if per_hour <= 0 else max(60 * numbers / per_hour - dwell, 0.0)


def misattributed(numbers: int, per_hour: float, dwell: float, late: Late) -> float:
    """The share of calls that come after their number was given to somebody else."""
    return late.share * late.longer_than(reuse_gap(numbers, per_hour, dwell))


def need(
    per_hour: float, dwell: float, hold: float, *, coverage: float = 0.99, wrong: float = 0.03, late: Late | None = None
) -> Need:
    """The numbers for `coverage`, and for at most `wrong` of the calls credited to whoever had the number next."""
    late = late or Late()
    if not 0 < wrong <= 1:
        raise InvalidInput(Mistake("wrong", "a share above 0 and up to 1, as 0.03"))
    low, high = 0, 1
    while misattributed(high, per_hour, dwell, late) > wrong:
        low, high = high, high * 2
        if high > MOST_NUMBERS:
            raise InvalidInput(Mistake("wrong", f"a share that {MOST_NUMBERS} numbers can keep"))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if misattributed(middle, per_hour, dwell, late) > wrong else (low, middle)
    return Need(numbers_for(offered_load(per_hour, dwell + hold), coverage), high)
