"""The eight models by hand, and what holds of any of them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.models.model import BY_NAME, MODELS, WHOLE, Model
from calltracking.models.shares import Touch, marks, shares, split

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def days(*ages: float, direct: frozenset[int] = frozenset()) -> list[Touch]:
    """Touches so many days before the call; those of `direct`, by place from 1, are direct."""
    return [Touch(AT - timedelta(days=age), place in direct) for place, age in enumerate(ages, start=1)]


@pytest.mark.parametrize(
    ("name", "one", "two", "three", "five"),
    [
        ("first", (100,), (100, 0), (100, 0, 0), (100, 0, 0, 0, 0)),
        ("last", (100,), (0, 100), (0, 0, 100), (0, 0, 0, 0, 100)),
        ("last_non_direct", (100,), (0, 100), (0, 0, 100), (0, 0, 0, 0, 100)),
        ("linear", (100,), (50, 50), (33.3333, 33.3333, 33.3334), (20, 20, 20, 20, 20)),
        ("40-20-40", (100,), (50, 50), (40, 20, 40), (40, 6.6666, 6.6667, 6.6667, 40)),
        ("20-60-20", (100,), (50, 50), (20, 60, 20), (20, 20, 20, 20, 20)),
        ("10-50-40", (100,), (20, 80), (10, 50, 40), (10, 16.6666, 16.6667, 16.6667, 40)),
    ],
)
def test_a_model_by_place(
    name: str, one: tuple[float, ...], two: tuple[float, ...], three: tuple[float, ...], five: tuple[float, ...]
) -> None:
    for expected in (one, two, three, five):
        told = shares(BY_NAME[name], days(*range(len(expected), 0, -1)), AT)

        assert told == tuple(round(percent * WHOLE / 100) for percent in expected)


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ((0,), (1_000_000,)),
        ((7, 0), (333_333, 666_667)),
        ((14, 7, 0), (142_857, 285_714, 571_429)),
        ((21, 14), (333_333, 666_667)),
        ((400, 0), (0, 1_000_000)),
        ((400, 390), (500_000, 500_000)),
    ],
)
def test_a_week_halves_what_a_visit_is_given(ages: tuple[float, ...], expected: tuple[int, ...]) -> None:
    assert shares(BY_NAME["time_decay"], days(*ages), AT) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("direct", "chosen"), [(frozenset({3}), 2), (frozenset({2, 3}), 1), (frozenset({1}), 3), (frozenset({1, 2, 3}), 3)]
)
def test_the_last_that_is_not_direct(direct: frozenset[int], chosen: int) -> None:
    told = shares(BY_NAME["last_non_direct"], days(3, 2, 1, direct=direct), AT)

    assert told == tuple(WHOLE if place == chosen else 0 for place in (1, 2, 3))


def test_without_a_visit_nothing_is_given() -> None:
    assert [shares(model, [], AT) for model in MODELS] == [()] * len(MODELS)


_TOUCHES = st.lists(
    st.builds(Touch, st.timedeltas(timedelta(), timedelta(days=900)).map(lambda age: AT - age), st.booleans()),
    min_size=1,
    max_size=60,
).map(lambda touches: sorted(touches, key=lambda touch: touch.at))


@settings(max_examples=60)
@given(st.sampled_from(MODELS), _TOUCHES, st.integers(0, 10**13))
def test_totals_are_conserved_to_the_unit(model: Model, touches: list[Touch], amount: int) -> None:
    told, reached = shares(model, touches, AT), marks(model, touches, AT)

    assert sum(told) == WHOLE
    assert min(told) >= 0
    assert all(before <= after for before, after in pairwise(reached))
    parts = split(amount, reached)
    assert sum(parts) == amount
    assert min(parts) >= 0
    assert all(
        abs(part - amount * share / WHOLE) <= 1 + amount / 10**12 for part, share in zip(parts, told, strict=True)
    )


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000, 9_999])
def test_any_number_of_visits(count: int) -> None:
    touches = [Touch(AT - timedelta(minutes=place)) for place in range(count, 0, -1)]

    assert {sum(shares(model, touches, AT)) for model in MODELS} == {WHOLE}
