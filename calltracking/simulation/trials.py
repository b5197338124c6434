"""The planner tried on simulated traffic: its forecast beside what happened, and pools split or shared. No I/O here."""

from dataclasses import dataclass

from calltracking.planner.forecast import Measured, Stay, coverage_of, numbers_for_load
from calltracking.simulation.leasing import lease
from calltracking.simulation.policies import pools
from calltracking.simulation.shapes import DAY, Shape
from calltracking.simulation.traffic import Visit, traffic

_STEPS = 9


@dataclass(frozen=True, slots=True)
class Forecast:
    """A size chosen from the first half of some traffic, the coverage it has there, and that of the second half."""

    shape: Shape
    seed: int
    numbers: int
    goal: float
    forecast: float
    measured: float
    realised: float

    @property
    def error(self) -> float:
        """How far the forecast is from what came, as a share."""
        return abs(self.forecast - self.realised)

    @property
    def own_error(self) -> float:
        """How far it is from what was measured: what other visitors did later is no part of it."""
        return abs(self.forecast - self.measured)


def forecasts(
    shape: Shape,
    seed: int,
    goals: tuple[float, ...],
    *,
    per_hour: float = 60,
    weeks: int = 4,
    hold: float = 5,
    minutes: int = 15,
) -> list[Forecast]:
    """Spans of `minutes` of the first weeks are measured; nothing of the later ones is known to the planner."""
    middle = weeks * 7 * DAY / 2
    made = traffic(seed, per_hour=per_hour, days=weeks * 7, shape=shape)
    measured = [visit for visit in made.visits if visit.at < middle]
    stay = Stay(sum(visit.free_at - visit.at for visit in measured) / len(measured) / 60, hold)
    load = _measured(measured, middle, minutes)
    found = []
    for goal in goals:
        numbers = numbers_for_load(load, stay, goal)
        ledger = lease(made, pools("hard", numbers, hold * 60, seed, 1))
        served = [visit.place in ledger.number for visit in made.visits]
        first, later = served[: len(measured)], served[len(measured) :]
        forecast = coverage_of(numbers, load, stay)
        found.append(Forecast(shape, seed, numbers, goal, forecast, sum(first) / len(first), sum(later) / len(later)))
    return found


def load_at(coverage: float, numbers: int, seed: int, *, hold: float = 5, visits: int = 40_000) -> float:
    """Visitors an hour that one pool carries at `coverage`, found by playing it at ever closer loads."""
    low, high = 0.0, numbers * 60 / hold
    for _ in range(_STEPS):
        middle = (low + high) / 2
        made = traffic(seed, per_hour=middle, days=visits / middle / 24)
        ledger = lease(made, pools("hard", numbers, hold * 60, seed, 1))
        low, high = (middle, high) if ledger.exclusive >= coverage * len(made.visits) else (low, middle)
    return low


def _measured(visits: list[Visit], until: float, minutes: int) -> Measured:
    counts = [0.0] * int(until / 60 / minutes)
    for visit in visits:
        counts[int(visit.at // (60 * minutes))] += 1
    return Measured(counts, minutes)
