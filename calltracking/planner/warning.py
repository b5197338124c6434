"""A pool that is about to run out, told before it does. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from calltracking.planner.erlang import coverage, numbers_for
from calltracking.planner.forecast import Stay
from calltracking.planner.sizing import offered_load

BUSY_SHARE = 0.75
"""Call Dynamics asks its users to add numbers from here on."""


@dataclass(frozen=True, slots=True)
class PoolWarning:
    """Why to look at the pool: `exhausted` now, `busy` now, or `expected` in an hour to come (0 = this one)."""

    reason: Literal["exhausted", "busy", "expected"]
    in_hours: int
    coverage: float
    """Of the hour meant."""
    missing: int
    """Numbers that would bring that hour to the goal."""


def warning(numbers: int, taken: int, per_hour: Sequence[float], stay: Stay, goal: float = 0.99) -> PoolWarning | None:
    """The most urgent thing to say, if any.

    `taken` are numbers on a screen now. `per_hour[0]` is what comes now, by the last quarter of an hour; the others are
    the hours after it, as the same weekdays before had them. A number may be given while it rests: the dwell counts.
    """
    now = per_hour[0] if per_hour else 0.0
    if taken >= numbers:
        return _of("exhausted", 0, numbers, now, stay, goal)
    for place, arrivals in enumerate(per_hour):
        if coverage(numbers, offered_load(arrivals, stay.dwell)) < goal:
            return _of("expected", place, numbers, arrivals, stay, goal)
    if taken >= BUSY_SHARE * numbers:
        return _of("busy", 0, numbers, now, stay, goal)
    return None


def _of(
    reason: Literal["exhausted", "busy", "expected"], place: int, numbers: int, per_hour: float, stay: Stay, goal: float
) -> PoolWarning:
    load = offered_load(per_hour, stay.dwell)
    return PoolWarning(reason, place, coverage(numbers, load), max(numbers_for(load, goal) - numbers, 0))
