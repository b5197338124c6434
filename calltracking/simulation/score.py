"""What a run is worth: the seven definitions of docs/accuracy.md, counted against the truth. No I/O here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calltracking.simulation.crediting import Credited
from calltracking.simulation.leasing import Ledger
from calltracking.simulation.traffic import Traffic, channel_of

BINS = 15
CONFIDENT = 0.9


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule said of a call, with its confidence, and whether session and channel are right."""

    confidence: float
    session: bool
    channel: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One policy and rule over some traffic; shares from 0 to 1."""

    visits: int
    calls: int
    coverage: float
    match_rate: float
    session_precision: float
    channel_precision: float
    risky_reuse: float
    ece: float
    brier: float
    confident_share: float
    confident_precision: float


@dataclass(frozen=True, slots=True)
class Run:
    """One seed played out: counts that add up over seeds."""

    visits: int
    exclusive: int
    risky: int
    calls: int
    ours: list[Told]
    last: list[Told]


def counted(traffic: Traffic, ledger: Ledger, credited: Sequence[Credited | None]) -> Run:
    """Both rules over one run. The last-lease rule names no confidence: it credits as if it were sure."""
    visits = traffic.visits
    ours, last = [], []
    for each in credited:
        if each is None:
            continue
        truth, channel = each.truth, channel_of(visits, each.truth)
        known = each.best is not None
        ours.append(
            Told(each.confidence, known and each.best == truth, known and channel_of(visits, each.best) == channel)
        )
        last.append(Told(1.0, each.last == truth, visits[each.last].channel == channel))
    return Run(len(visits), ledger.exclusive, ledger.risky, len(credited), ours, last)


def score(runs: Sequence[Run], rule: str = "ours", match_rate: float = 1.0) -> Score:
    """The runs together, by `ours` or the `last` lease rule; `match_rate` < 1 credits only the most confident calls."""
    told = [each for run in runs for each in (run.ours if rule == "ours" else run.last)]
    calls, visits = sum(run.calls for run in runs), sum(run.visits for run in runs)
    if match_rate < 1:
        told = sorted(told, key=lambda each: -each.confidence)[: round(match_rate * calls)]
    confident = [each for each in told if each.confidence >= CONFIDENT]
    leases = sum(run.exclusive for run in runs)
    return Score(
        visits=visits,
        calls=calls,
        coverage=_share(leases, visits),
        match_rate=_share(len(told), calls),
        session_precision=_mean(each.session for each in told),
        channel_precision=_mean(each.channel for each in told),
        risky_reuse=_share(sum(run.risky for run in runs), leases),
        ece=_calibration_error(told),
        brier=_mean((each.confidence - each.session) ** 2 for each in told),
        confident_share=_share(len(confident), len(told)),
        confident_precision=_mean(each.session for each in confident),
    )


def reliability(told: Sequence[Told]) -> list[tuple[float, float, int]]:
    """Mean confidence, share right and count of each of the equally wide bins that are not empty."""
    bins: list[list[Told]] = [[] for _ in range(BINS)]
    for each in told:
        bins[min(int(each.confidence * BINS), BINS - 1)].append(each)
    return [
        (_mean(each.confidence for each in one), _mean(each.session for each in one), len(one)) for one in bins if one
    ]


def _calibration_error(told: Sequence[Told]) -> float:
    return _share(sum(count * abs(said - right) for said, right, count in reliability(told)), len(told))


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else 0.0


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
