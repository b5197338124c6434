"""The attribution's parameters, counted on simulated calls whose truth is known; `python -m` this writes them.

Every figure is a count on seeds 1 to 5, over the pool sizes of the benchmark; seeds 6 to 20 are for scoring only. Two
rounds, for the links between phones and visitors follow from the attribution itself.
"""

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from calltracking.attribution.evidence import Familiarity, Incoming, Showing, familiarity
from calltracking.attribution.parameters import Parameters
from calltracking.simulation.crediting import credit
from calltracking.simulation.leasing import lease
from calltracking.simulation.policies import pools
from calltracking.simulation.traffic import Traffic, traffic

SEEDS, SIZES, DAYS, PER_HOUR = [1, 2, 3, 4, 5], [20, 50, 100], 30, 60.0
GRACE, _TAP_WINDOW, _HOLD = 30.0, 120.0, 300.0
FIRST = Parameters(
    on_visit=0.02, tapped=0.6, tap_seconds=15, later=0.02, later_median=15, later_sigma=1.5, grace=GRACE,
    region_agrees=0.6, same=50, elsewhere=0.5, other_phone=0.3, neither=1, strangers=0.001,
)  # fmt: skip


@dataclass(slots=True)
class Counts:
    """What was seen, with the truth known."""

    minutes: float = 0.0
    visits: int = 0
    taps: int = 0
    waits: list[float] = field(default_factory=list)
    on_visit: int = 0
    delays: list[float] = field(default_factory=list)
    strangers: int = 0
    calls: int = 0
    agree: int = 0
    regions: int = 0
    by_chance: float = 0.0
    right: Counter[Familiarity] = field(default_factory=Counter)
    wrong: Counter[Familiarity] = field(default_factory=Counter)

    def visit(self, made: Traffic) -> None:
        """What visits there were, calls or not."""
        self.visits += len(made.visits)
        self.taps += sum(len(visit.taps) for visit in made.visits)
        self.minutes += sum(visit.last_seen - visit.at for visit in made.visits) / 60

    def call(self, call: Incoming, showings: list[Showing], truth: int | None, shares: dict[str, float]) -> None:
        """One call beside everybody who was shown its number."""
        self.calls += 1
        self.strangers += truth is None
        for showing in showings:
            known = familiarity(call, showing)
            if showing.visit != str(truth):
                self.wrong[known] += 1
                continue
            self.right[known] += 1
            self._way(call, showing)
            if call.region and showing.region:
                self.regions += 1
                self.agree += call.region == showing.region
                self.by_chance += shares[showing.region]

    def _way(self, call: Incoming, showing: Showing) -> None:
        waited = min((call.at - tap for tap in showing.taps if tap <= call.at), default=math.inf)
        silent = call.at - showing.last_seen
        if waited <= _TAP_WINDOW:
            self.waits.append(waited)
        elif silent <= GRACE:
            self.on_visit += 1
        else:
            self.delays.append(silent / 60)

    def parameters(self) -> Parameters:
        """The figures."""
        logs = [math.log(delay) for delay in self.delays]
        middle = sum(logs) / len(logs)
        sigma = math.sqrt(sum((each - middle) ** 2 for each in logs) / len(logs))
        calls_a_tap = len(self.waits) / max(self.taps, 1)
        agrees = (self.agree - self.by_chance) / max(self.regions - self.by_chance, 1)
        same, elsewhere = self._ratios(Familiarity.SAME, Familiarity.ELSEWHERE)
        other, neither = self._ratios(Familiarity.OTHER_PHONE, Familiarity.NEITHER)
        found = {
            "on_visit": self.on_visit / self.minutes,
            "tapped": min(calls_a_tap, 1.0),
            "tap_seconds": sum(self.waits) / max(len(self.waits), 1),
            "later": len(self.delays) / self.visits,
            "later_median": math.exp(middle),
            "later_sigma": sigma,
            "grace": GRACE,
            "region_agrees": agrees,
            "same": same,
            "elsewhere": elsewhere,
            "other_phone": other,
            "neither": neither,
            "strangers": (self.strangers + 1) / (self.calls + 2),
        }
        return Parameters(**{name: float(f"{value:.5g}") for name, value in found.items()})

    def _ratios(self, one: Familiarity, two: Familiarity) -> tuple[float, float]:
        """How much likelier each of two cases is for the true visit; half a call is added: none is impossible."""
        right, wrong = self.right[one] + self.right[two] + 1, self.wrong[one] + self.wrong[two] + 1
        first = (self.right[one] + 0.5) / right * wrong / (self.wrong[one] + 0.5)
        second = (self.right[two] + 0.5) / right * wrong / (self.wrong[two] + 0.5)
        return first, second


def fit(seeds: list[int], sizes: list[int], days: float, *, rounds: int = 2) -> Parameters:
    """Count, attribute by the counts, count again."""
    given = FIRST
    for _ in range(rounds):
        counts = Counts()
        for seed in seeds:
            made = traffic(seed, per_hour=PER_HOUR, days=days)
            for size in sizes:
                counts.visit(made)
                ledger = lease(made, pools("trunkline", size, _HOLD, seed, 1))
                credit(
                    made,
                    ledger,
                    given,
                    look=partial(counts.call, shares=made.mix.regions),
                )
        given = counts.parameters()
    return given


def main() -> None:
    """Write the file the attribution ships."""
    given = fit(SEEDS, SIZES, DAYS)
    provenance = {
        "fitted_by": "python -m calltracking.simulation.fitting",
        "on": "simulated traffic of calltracking/simulation/mix.py, flat",
        "seeds": SEEDS,
        "numbers": SIZES,
        "days": DAYS,
        "visitors_per_hour": PER_HOUR,
    }
    path = Path(__file__).parent.parent / "attribution" / "parameters.json"
    told = {"provenance": provenance, "parameters": msgspec.to_builtins(given)}
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
