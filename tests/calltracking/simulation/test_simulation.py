"""The simulator: the same seed, the same story; what no policy may do; figures of the reference on small runs."""

from itertools import pairwise

import pytest

from calltracking.attribution.parameters import shipped
from calltracking.planner.erlang import coverage
from calltracking.simulation.fitting import fit
from calltracking.simulation.leasing import lease
from calltracking.simulation.mix import Mix
from calltracking.simulation.playing import Setup, play
from calltracking.simulation.policies import POLICIES, PolicyName, pools
from calltracking.simulation.score import Run, Told, score
from calltracking.simulation.shapes import SHAPES, Shape
from calltracking.simulation.traffic import traffic
from calltracking.simulation.trials import forecasts, load_at


def test_a_seed_is_a_story() -> None:
    first, again, other = (traffic(seed, per_hour=60, days=1) for seed in (7, 7, 8))

    assert first == again
    assert first.visits != other.visits


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_brings_what_was_asked_on_average(shape: Shape) -> None:
    made = traffic(1, per_hour=60, days=7, shape=shape)
    times = [visit.at for visit in made.visits]

    assert len(times) == pytest.approx(7 * 24 * 60, rel=0.05)
    assert times == sorted(times)


def test_calls_are_as_the_mix_says() -> None:
    made = traffic(1, per_hour=60, days=20)
    later = sum(ring.later for ring in made.rings) / len(made.rings)

    assert len(made.rings) / len(made.visits) == pytest.approx(0.08, abs=0.005)
    assert later == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("numbers", [6, 40])
def test_no_number_is_on_two_screens_but_shared_ones(policy: PolicyName, numbers: int) -> None:
    made = traffic(3, per_hour=60, days=1, sites=5)
    ledger = lease(made, pools(policy, numbers, 300, 3, 5))
    doubles = sum(earlier.free_at > later.at for held in ledger.held.values() for earlier, later in pairwise(held))

    # Who shares holds nothing, so he may meet the holder before him and the one after.
    assert doubles <= 2 * (len(ledger.number) - ledger.exclusive)
    if policy != "trunkline":
        assert doubles == 0
        assert len(ledger.number) == ledger.exclusive


def test_a_hard_hold_covers_what_erlang_says() -> None:
    mix = Mix(beacons=1, returning=0)
    run = play(Setup(numbers=10, policy="hard", days=10, mix=mix, sites=1), 1)

    assert run.exclusive / run.visits == pytest.approx(coverage(10, 8), abs=0.02)


def test_soft_cool_down_covers_where_a_hard_hold_does_not() -> None:
    soft, hard = (
        score([play(Setup(numbers=10, policy=policy, days=4), 1)], "last") for policy in ("trunkline", "hard")
    )

    assert soft.coverage > 0.99
    assert hard.coverage < 0.93
    assert soft.session_precision * soft.match_rate > hard.session_precision * hard.match_rate + 0.05


def test_attribution_beats_the_last_lease_at_an_equal_match_rate() -> None:
    runs = [play(Setup(numbers=20, days=6), seed) for seed in (6, 7)]
    ours, last = score(runs), score(runs, "last")

    assert ours.match_rate == last.match_rate == 1
    assert ours.session_precision > last.session_precision + 0.02
    assert ours.ece < last.ece


def test_the_shipped_figures_are_those_of_a_fit() -> None:
    small, given = fit([1], [20], 6, rounds=1), shipped().parameters

    assert small.on_visit == pytest.approx(given.on_visit, rel=0.25)
    assert small.later_median == pytest.approx(given.later_median, rel=0.3)
    assert small.region_agrees == pytest.approx(given.region_agrees, abs=0.1)
    assert small.same > 10
    assert small.elsewhere < 1


def test_a_score_by_hand() -> None:
    sure, unsure = Told(0.95, session=True, channel=True), Told(0.45, session=False, channel=True)
    found = score([Run(visits=10, exclusive=8, risky=2, calls=4, ours=[sure, unsure], last=[])])

    assert (found.coverage, found.match_rate, found.risky_reuse) == (0.8, 0.5, 0.25)
    assert (found.session_precision, found.channel_precision) == (0.5, 1.0)
    assert found.ece == pytest.approx((0.05 + 0.45) / 2)
    assert found.brier == pytest.approx((0.05**2 + 0.45**2) / 2)
    assert (found.confident_share, found.confident_precision) == (0.5, 1.0)


def test_nothing_to_score_is_no_error() -> None:
    assert score([Run(0, 0, 0, 0, [], [])]).session_precision == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_a_forecast_meets_what_comes_after_whatever_the_goal(shape: Shape) -> None:
    found = forecasts(shape, 8, (0.8, 0.9, 0.95, 0.99), weeks=4)

    assert max(one.error for one in found) < 0.02
    assert found[-1].realised > 0.98


def test_bursts_take_no_more_than_a_point_of_the_forecast_of_what_was_measured() -> None:
    found = forecasts("campaign", 7, (0.8, 0.9, 0.95, 0.99), weeks=4)

    assert max(one.own_error for one in found) < 0.01


def test_four_numbers_carry_what_erlang_says() -> None:
    assert load_at(0.99, 4, 6, visits=6_000) == pytest.approx(6.5, rel=0.15)
