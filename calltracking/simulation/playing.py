"""A run from its settings: traffic, policy, both rules, counts. No I/O here."""

from dataclasses import dataclass, field

from calltracking.attribution.parameters import Parameters, shipped
from calltracking.simulation.crediting import Signals, credit
from calltracking.simulation.leasing import lease
from calltracking.simulation.mix import Mix
from calltracking.simulation.policies import PolicyName, pools
from calltracking.simulation.score import Run, counted
from calltracking.simulation.shapes import Shape
from calltracking.simulation.traffic import traffic


@dataclass(frozen=True, slots=True)
class Setup:
    """One line of a table."""

    numbers: int = 50
    per_hour: float = 60.0
    shape: Shape = "flat"
    policy: PolicyName = "trunkline"
    hold_minutes: float = 5.0
    sites: int = 5
    days: float = 30.0
    mix: Mix = field(default_factory=Mix)
    signals: Signals = field(default_factory=Signals)


def play(setup: Setup, seed: int, given: Parameters | None = None) -> Run:
    """One seed of a setup; the same in the same order on any machine."""
    made = traffic(seed, per_hour=setup.per_hour, days=setup.days, shape=setup.shape, mix=setup.mix, sites=setup.sites)
    ledger = lease(made, pools(setup.policy, setup.numbers, setup.hold_minutes * 60, seed, setup.sites))
    return counted(made, ledger, credit(made, ledger, given or shipped().parameters, setup.signals))
