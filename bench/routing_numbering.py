"""How long the region of a number takes, with every range of the registry's four files in the directory."""

import random
import time
from collections.abc import Iterator

from bench._numbers import write_directory
from bench.figures import ROUNDS, Context, Figure, absolute, percentile
from trunkline.directory.reader import Directory, View
from trunkline.numbering.region import RegionKind

ROWS = ("routing.region_lookup",)
_RANGES = 450_000
_LOOKUPS = 50_000
_ABROAD = ("+375291234567", "+77011234567", "+12125551234", "+442071838750", "+998901234567")


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """The rows wanted."""
    if "routing.region_lookup" in wanted:
        folder = context.folder / "ranges"
        write_directory(folder, contacts=0, spam=0, ranges=_RANGES)
        view = Directory.open(folder).view
        numbers = _numbers()
        _prove(view, numbers)
        values = [_round(view, numbers) for _ in range(ROUNDS + 1)]
        yield absolute("routing.region_lookup", values[1:], "µs", "<=", 5)


def _numbers() -> list[str]:
    """As they ring a company: spread over all codes, a twentieth from abroad."""
    chance = random.Random(5)
    return [
        chance.choice(_ABROAD) if place % 20 == 0 else f"+7{chance.choice('3489')}{chance.randrange(10**9):09d}"
        for place in range(_LOOKUPS)
    ]


def _prove(view: View, numbers: list[str]) -> None:
    """Look-ups that found nothing would be quick for the wrong reason."""
    kinds = [view.region(number).kind for number in numbers]
    if len(view.packed.ranges.keys) != _RANGES or kinds.count(RegionKind.SUBJECT) < _LOOKUPS // 3:
        raise RuntimeError(f"the directory is not as meant: {len(view.packed.ranges.keys)} ranges")


def _round(view: View, numbers: list[str]) -> float:
    """p99 of one look-up in µs."""
    took = []
    for number in numbers:
        started = time.perf_counter_ns()
        view.region(number)
        took.append(time.perf_counter_ns() - started)
    return percentile(took, 0.99) / 1000
