"""What a running Trunkline showed simulated visitors and said of their calls, counted as a simulation is. No I/O here.

The truth is the simulator's; numbers and attributions are the server's. Risky is a number that was taken within the
hold of who had it before (`cooling`), or that several visitors saw at once (`shared`).
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calltracking.simulation.crediting import Credited, truth_of
from calltracking.simulation.leasing import Ledger
from calltracking.simulation.score import Run, counted
from calltracking.simulation.traffic import Traffic

LEASED: Final = frozenset({"exclusive", "cooling", "shared"})
_RISKY: Final = frozenset({"cooling", "shared"})


@dataclass(frozen=True, slots=True)
class Shown:
    """The number of a visit and its kind (docs/calltracking.md)."""

    number: str
    kind: str

    @property
    def leased(self) -> bool:
        """Whether a call to it may tell of this visit."""
        return self.kind in LEASED


@dataclass(frozen=True, slots=True)
class Explained:
    """What the server said of a call: a visit by its place (None: none of this run's) and how sure it was."""

    visit: int | None
    confidence: float


def judged(traffic: Traffic, shown: Mapping[int, Shown], explained: Mapping[int, Explained]) -> Run:
    """The run's counts; `shown` by a visit's place, `explained` by a call's place among the rings."""
    ledger = _ledger(traffic, shown)
    starts = {number: [visit.at for visit in visits] for number, visits in ledger.held.items()}
    credited: list[Credited | None] = []
    for place, ring in enumerate(traffic.rings):
        number = ledger.number.get(ring.visit) if ring.visit is not None else None
        said = explained.get(place)
        if number is None or said is None:
            credited.append(None)
            continue
        held = ledger.held[number][: bisect_right(starts[number], ring.at)]
        truth = truth_of(ring, held, traffic)
        credited.append(Credited(truth, held[-1].place, said.visit, said.confidence))
    return counted(traffic, ledger, credited)


def _ledger(traffic: Traffic, shown: Mapping[int, Shown]) -> Ledger:
    ledger, numbers = Ledger(), dict[str, int]()
    for visit in traffic.visits:
        one = shown.get(visit.place)
        if one is None or not one.leased:
            continue
        number = numbers.setdefault(one.number, len(numbers))
        ledger.number[visit.place] = number
        ledger.held.setdefault(number, []).append(visit)
        ledger.exclusive += one.kind != "shared"
        ledger.risky += one.kind in _RISKY
    return ledger
