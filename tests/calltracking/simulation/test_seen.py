"""What a server said of simulated calls is counted like what the simulation says itself."""

import pytest

from calltracking.attribution.parameters import shipped
from calltracking.simulation.crediting import credit
from calltracking.simulation.leasing import lease
from calltracking.simulation.policies import pools
from calltracking.simulation.score import counted, score
from calltracking.simulation.seen import Explained, Shown, judged
from calltracking.simulation.traffic import Ring, Traffic, Visit, traffic


def test_the_same_run_has_the_same_score() -> None:
    made = traffic(6, per_hour=60, days=2)
    ledger = lease(made, pools("trunkline", 20, 300, 6, 1))
    credited = credit(made, ledger, shipped().parameters)
    told = [(place, one) for place, one in enumerate(credited) if one]

    run = judged(
        made,
        {place: Shown(f"+7495200{number:04d}", "exclusive") for place, number in ledger.number.items()},
        {place: Explained(one.best, one.confidence) for place, one in told},
    )

    ours, own = score([run]), score([counted(made, ledger, credited)])
    assert len(told) > 200
    for name in (
        "visits",
        "calls",
        "match_rate",
        "session_precision",
        "channel_precision",
        "ece",
        "confident_precision",
    ):
        assert getattr(ours, name) == getattr(own, name), name
    assert score([run], "last").session_precision == score([counted(made, ledger, credited)], "last").session_precision


@pytest.mark.parametrize(
    ("kinds", "explained", "told"),
    [
        (("exclusive", "exclusive"), {0: Explained(0, 0.9)}, (1.0, 1.0, 1.0, 0.0)),
        (("cooling", "exclusive"), {0: Explained(1, 0.9)}, (1.0, 1.0, 0.0, 0.5)),
        (("shared", "exclusive"), {0: Explained(None, 0.9)}, (0.5, 1.0, 0.0, 1.0)),
        (("exclusive", "own"), {}, (0.5, 0.0, 0.0, 0.0)),
        (("own", "static"), {0: Explained(0, 0.9)}, (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_each_figure(kinds: tuple[str, str], explained: dict[int, Explained], told: tuple[float, ...]) -> None:
    visits = [Visit(place, 10.0 * place, 60.0, 60.0, 60.0, place, place, f"c{place}", "", 0) for place in range(2)]
    made = Traffic(visits, [Ring(30.0, 0, "p0", "", later=False)], traffic(1, per_hour=1, days=1).mix, 1)

    found = score([judged(made, {place: Shown("+74952000001", kind) for place, kind in enumerate(kinds)}, explained)])

    assert (found.coverage, found.match_rate, found.session_precision, found.risky_reuse) == told
