"""When visitors come: three shapes of a day's traffic, and arrivals drawn from one. No I/O here."""

import math
from collections.abc import Iterator
from random import Random
from typing import Literal

Shape = Literal["flat", "office", "campaign"]
SHAPES: tuple[Shape, ...] = ("flat", "office", "campaign")

DAY = 86_400.0
BIN = 300.0
"""The rate is one figure each five minutes."""
_BINS = int(DAY / BIN)

# An office day with its lunch and its evening, visitors of each hour beside each other.
_OFFICE = (2, 1, 1, 1, 1, 2, 4, 8, 14, 20, 22, 21, 15, 14, 19, 20, 18, 15, 13, 16, 18, 15, 9, 5)
_BURSTS_A_DAY = 3
_BURST_HOURS = (9, 20)
_BURST_MINUTES = (20.0, 60.0)
_BURST_TIMES = (3.0, 6.0)


def arrivals(shape: Shape, per_hour: float, days: float, chance: Random) -> list[float]:
    """Seconds at which visitors come, `per_hour` on average over whole days."""
    times: list[float] = []
    due = chance.expovariate(1.0)
    for start, expected in _rates(shape, per_hour, days, chance):
        while due < expected:
            times.append(start + BIN * due / expected)
            due += chance.expovariate(1.0)
        due -= expected
    return times


def _rates(shape: Shape, per_hour: float, days: float, chance: Random) -> Iterator[tuple[float, float]]:
    """Each bin's start and the visitors expected in it."""
    usual = per_hour * BIN / 3600
    bins = int(days * _BINS)
    if shape == "flat":
        weights = [1.0] * bins
    else:
        mean = sum(_OFFICE) / 24
        weights = [_OFFICE[int((place % _BINS) * BIN / 3600)] / mean for place in range(bins)]
    if shape == "campaign":
        _burst(weights, chance)
    return ((place * BIN, usual * weight) for place, weight in enumerate(weights))


def _burst(weights: list[float], chance: Random) -> None:
    """A mailing or a spot on the air: for a while, several times the visitors of the hour; the mean stays."""
    before = sum(weights)
    bursting: dict[int, float] = {}
    for number in range(_BURSTS_A_DAY * math.ceil(len(weights) / _BINS)):
        begin, end = (int(hour * 3600 / BIN) for hour in _BURST_HOURS)
        start = number // _BURSTS_A_DAY * _BINS + chance.randrange(begin, end)
        length = int(chance.uniform(*_BURST_MINUTES) * 60 / BIN)
        times = chance.uniform(*_BURST_TIMES)
        for place in range(start, min(start + length, len(weights))):
            bursting[place] = max(bursting.get(place, 1.0), times)
    for place, times in bursting.items():
        weights[place] *= times
    scale = before / sum(weights)
    weights[:] = [weight * scale for weight in weights]
