"""One row of `build/bench.json`, and how rows are made of rounds."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROUNDS = 6

Comparison = Literal["<=", ">=", "=="]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure; `baseline` and `ratio` are None for counts and absolute limits. A gain has only a baseline."""

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    goal: str
    holds: bool
    rounds: int


@dataclass(frozen=True, slots=True)
class Context:
    """What a benchmark may use: a folder of its own."""

    folder: Path


def holds(value: float, comparison: Comparison, limit: float) -> bool:
    """Whether `value` meets its goal."""
    return {"<=": value <= limit, ">=": value >= limit, "==": value == limit}[comparison]


def absolute(name: str, values: Sequence[float], unit: str, comparison: Comparison, limit: float) -> Figure:
    """A count or an absolute limit: the median of its rounds."""
    value = statistics.median(values)
    return Figure(
        name,
        value,
        unit,
        None,
        None,
        f"{comparison} {limit:g} {unit}".strip(),
        holds(value, comparison, limit),
        len(values),
    )


def against(
    name: str, ours: Sequence[float], baselines: Sequence[float], unit: str, comparison: Comparison, limit: float
) -> Figure:
    """Ours beside the baseline, round by round; the goal is on the median of the rounds' ratios."""
    ratio = statistics.median(mine / other for mine, other in zip(ours, baselines, strict=True))
    return Figure(
        name,
        statistics.median(ours),
        unit,
        statistics.median(baselines),
        ratio,
        f"ratio {comparison} {limit:g}",
        holds(ratio, comparison, limit),
        len(ours),
    )


def interleaved(
    ours: Callable[[], float], baseline: Callable[[], float], rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """Measure both in turn, so that the machine's drift meets both."""
    pairs = [(ours(), baseline()) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
