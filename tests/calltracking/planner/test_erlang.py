"""Erlang-B: the sizing tables of the reference, and what must hold for every load."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.planner.erlang import blocking, coverage, numbers_for
from calltracking.planner.sizing import offered_load
from trunkline.errors import InvalidInput

LOADS = st.floats(0, 300)
TABLE = {
    10: (5, 5, 8, 12),
    50: (11, 14, 24, 39),
    100: (17, 22, 42, 69),
    200: (28, 38, 75, 128),
    500: (59, 82, 170, 298),
    1000: (109, 152, 324, 577),
}


@pytest.mark.parametrize("per_hour", TABLE)
def test_numbers_for_99_percent(per_hour: int) -> None:
    found = tuple(numbers_for(offered_load(per_hour, minutes), 0.99) for minutes in (5.5, 8, 18, 33))

    assert found == TABLE[per_hour]


def test_the_rule_of_uis_is_a_tenth_of_a_percent_at_one_and_a_half_times_the_mean() -> None:
    mean = offered_load(10_000 / 24, 5)

    assert mean == pytest.approx(34.7, abs=0.05)
    assert blocking(73, 1.5 * mean) == pytest.approx(0.001, abs=0.0003)


@pytest.mark.parametrize(
    ("numbers", "load", "overflow"),
    [(10, 200 / 60 * 3, 0.215), (4, offered_load(6, 20), 0.095), (4, offered_load(10, 20), 0.24)],
    ids=["nimbata", "agency at 6 an hour", "agency at 10 an hour"],
)
def test_what_the_vendors_rules_give(numbers: int, load: float, overflow: float) -> None:
    assert blocking(numbers, load) == pytest.approx(overflow, abs=0.003)


@pytest.mark.parametrize(
    ("pools", "numbers", "per_hour"), [(100, 4, 652), (10, 40, 2176), (4, 100, 2522), (1, 400, 2815)]
)
def test_the_same_400_numbers_in_fewer_pools(pools: int, numbers: int, per_hour: int) -> None:
    assert coverage(numbers, offered_load(per_hour / pools, 8)) == pytest.approx(0.99, abs=0.0002)


@given(st.integers(0, 200), LOADS)
def test_a_number_more_never_covers_less(numbers: int, load: float) -> None:
    assert coverage(numbers, load) <= coverage(numbers + 1, load) + 1e-12


@given(st.integers(1, 200), LOADS, st.floats(0, 50))
def test_more_load_never_covers_more(numbers: int, load: float, more: float) -> None:
    assert coverage(numbers, load + more) <= coverage(numbers, load) + 1e-12


@settings(max_examples=30)
@given(st.integers(1001, 3000), st.floats(0, 6000))
def test_many_numbers_are_reckoned_as_few(numbers: int, load: float) -> None:
    share = 1.0
    for taken in range(1, numbers + 1):
        share = load * share / (taken + load * share)

    assert blocking(numbers, load) == pytest.approx(share, rel=1e-9, abs=1e-15)


@given(LOADS, st.floats(0.01, 0.999))
def test_numbers_for_are_the_fewest(load: float, goal: float) -> None:
    numbers = numbers_for(load, goal)

    assert coverage(numbers, load) >= goal
    assert numbers == 0 or coverage(numbers - 1, load) < goal


@pytest.mark.parametrize(("numbers", "load"), [(-1, 1.0), (1, -1.0), (1, float("nan")), (1, float("inf"))])
def test_refuses_what_is_no_load(numbers: int, load: float) -> None:
    with pytest.raises(InvalidInput):
        blocking(numbers, load)


@pytest.mark.parametrize("goal", [1.0, -0.1, float("nan")])
def test_refuses_what_no_pool_can_cover(goal: float) -> None:
    with pytest.raises(InvalidInput, match="goal"):
        numbers_for(10, goal)
