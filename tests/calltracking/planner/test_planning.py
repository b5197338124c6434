"""Sizing by two constraints, the forecast of a day that changes, the what-if table, the warning."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.planner.erlang import coverage
from calltracking.planner.forecast import (
    Measured,
    Stay,
    coverage_of,
    curve_of,
    filling_of,
    numbers_for_load,
)
from calltracking.planner.sizing import Late, misattributed, need
from calltracking.planner.warning import warning
from calltracking.planner.what_if import Sizer
from trunkline.errors import InvalidInput

HOURS = st.lists(st.floats(0, 500), max_size=48)


def test_coverage_alone_asks_for_22_numbers_and_late_calls_for_more() -> None:
    needed = need(100, 3, 5, coverage=0.99, wrong=0.05)

    assert (needed.coverage, needed.numbers) == (22, needed.late)
    assert misattributed(needed.late, 100, 3, Late()) <= 0.05 < misattributed(needed.late - 1, 100, 3, Late())


def test_without_late_calls_coverage_decides() -> None:
    assert need(100, 3, 5, late=Late(share=0)).numbers == 22


@pytest.mark.parametrize(("numbers", "right"), [(20, 0.89), (50, 0.944), (100, 0.971)])
def test_precision_of_the_last_lease_rule_at_60_an_hour(numbers: int, right: float) -> None:
    sizer = Sizer.of(numbers, Measured([60.0] * 24), Stay())

    assert sizer.size(numbers, None).precision == pytest.approx(right, abs=0.003)


def test_a_steady_load_is_forecast_by_erlang() -> None:
    assert coverage_of(22, Measured([100.0] * 24), Stay(3, 5)) == pytest.approx(coverage(22, 100 / 60 * 8), abs=0.002)


def test_busy_hours_count_as_much_as_they_bring() -> None:
    calm, both = (
        coverage_of(22, Measured([50.0] * 24), Stay()),
        coverage_of(22, Measured([50.0] * 23 + [600.0]), Stay()),
    )

    assert both < calm - 0.15


@settings(max_examples=30)
@given(HOURS, st.integers(0, 60))
def test_a_forecast_is_a_share_and_grows_with_the_numbers(hours: list[float], numbers: int) -> None:
    less, more = coverage_of(numbers, Measured(hours), Stay()), coverage_of(numbers + 1, Measured(hours), Stay())

    assert 0 <= less <= more + 1e-12 <= 1 + 1e-9


@settings(max_examples=30)
@given(HOURS, st.floats(0, 30), st.floats(0, 90))
def test_the_curve_is_the_forecast_of_every_size(hours: list[float], dwell: float, hold: float) -> None:
    load, stay = Measured(hours), Stay(dwell, hold)
    curve = curve_of(60, filling_of(load, stay))

    assert [curve[size] for size in (0, 1, 7, 60)] == pytest.approx(
        [coverage_of(size, load, stay) for size in (0, 1, 7, 60)], abs=0.01
    )


@given(st.lists(st.floats(0, 500), max_size=30), st.floats(0, 300), st.floats(0, 90))
def test_a_load_is_all_that_came_and_has_not_left(hours: list[float], dwell: float, hold: float) -> None:
    """Summed anew for each step, as it is told; the forecast adds and takes away."""
    stay, measured = Stay(dwell, hold), Measured(hours)
    rates = measured.rates()
    kept = [stay.left(0) - stay.left(2.5)]
    while stay.left(5 * len(kept)) > 0.002 * stay.minutes:
        kept.append(stay.left(5 * len(kept) - 2.5) - stay.left(5 * len(kept) + 2.5))
    told = [sum(part * rates[max(at - back, 0)] for back, part in enumerate(kept)) for at in range(len(rates))]

    assert filling_of(measured, stay).offered == pytest.approx(told, rel=1e-9, abs=1e-6)


def test_neither_a_stay_of_a_week_nor_a_huge_pool_takes_long() -> None:
    """Step by step and number by number it was minutes of a thread; a test may take one."""
    visitors = Measured([float(place * 7919 % 40_000) for place in range(28 * 96)], 15)
    sizer = Sizer.of(1000, visitors, Stay(10_080, 10_080))

    assert sizer.size(90_000, None).coverage < 0.99
    assert sizer.fewest(0.99, 90_000) is None


def test_a_pool_beyond_the_sliders_knows_its_fewest() -> None:
    steady = Measured([60_000.0] * 24 * 7)
    sizer = Sizer.of(1000, steady, Stay(3, 5))
    size = sizer.fewest(0.99, 20_000)

    assert size is not None
    assert size > 1000
    assert sizer.size(size - 1, None).coverage < 0.99 <= sizer.size(size, None).coverage


def test_a_number_that_rests_for_a_week_is_taken_for_it() -> None:
    assert coverage_of(180, Measured([1.0] * 24 * 28), Stay(3, 10_080)) == pytest.approx(
        coverage(180, 10_083 / 60), abs=0.002
    )


def test_a_burst_that_took_every_number_leaves_none_until_the_holds_are_over() -> None:
    half_an_hour = Measured([0.0] * 12 + [100.0] * 6 + [0.0] * 12, 5)

    assert 20 / 600 < coverage_of(20, half_an_hour, Stay(3, 60)) < 0.08  # by the load of each moment 0.11 or more


def test_a_short_span_between_a_lower_and_a_higher_one_changes_at_once() -> None:
    assert Measured([0.0, 5.0, 15.0], 15).rates() == pytest.approx([0, 0, 0, 0, 0, 1, 1, 1, 1])
    assert Measured([6.0, 12.0, 24.0], 60).rates() == pytest.approx([0.1] * 12 + [0.2] * 12 + [0.4] * 12)


@given(st.lists(st.floats(0, 500), max_size=48), st.sampled_from([5, 10, 15, 30, 60]))
def test_rates_are_of_as_many_visitors_as_were_counted(counts: list[float], minutes: int) -> None:
    assert 5 * sum(Measured(counts, minutes).rates()) == pytest.approx(sum(counts))


def test_the_fewest_numbers_for_the_hours() -> None:
    load = Measured([20.0, 40.0, 90.0, 120.0])
    numbers = numbers_for_load(load, Stay(), 0.95)

    assert coverage_of(numbers - 1, load, Stay()) < 0.95 <= coverage_of(numbers, load, Stay())


def test_hours_name_the_wrong_one() -> None:
    with pytest.raises(InvalidInput, match=r"counts\[1\]"):
        Measured([1.0, -3.0])


def test_a_day_is_measured_in_whole_parts() -> None:
    with pytest.raises(InvalidInput, match="60, 30, 15, 10 or 5"):
        Measured([1.0], 7)


def test_chance_is_smoothed_away_and_a_burst_stays() -> None:
    chance = [60.0 + (7 if (place * 7919) % 13 < 6 else -7) for place in range(24 * 14)]
    burst = [60.0] * (24 * 13) + [60.0] * 12 + [600.0] + [60.0] * 11

    assert max(Measured(chance).smoothed()) < 63
    assert max(Measured(burst).smoothed()) > 500


def test_the_table_of_the_slider() -> None:
    sizer = Sizer.of(40, Measured([60.0] * 24), Stay())
    few, many = (sizer.size(numbers, Decimal("250.50")) for numbers in (10, 40))

    assert (few.monthly, many.monthly) == (Decimal("2505.00"), Decimal("10020.00"))
    assert few.coverage < few.alone <= 1
    assert few.precision < many.precision


@pytest.mark.parametrize(
    ("taken", "per_hour", "expected"),
    [
        (3, [60.0, 60.0], None),
        (8, [60.0, 60.0], ("busy", 0)),
        (10, [60.0, 60.0], ("exhausted", 0)),
        (3, [60.0, 400.0], ("expected", 1)),
        (0, [], None),
    ],
    ids=["calm", "three quarters taken", "none left", "the hour to come", "nobody came yet"],
)
def test_a_pool_warns_before_it_is_empty(taken: int, per_hour: list[float], expected: tuple[str, int] | None) -> None:
    said = warning(10, taken, per_hour, Stay())

    assert (said and (said.reason, said.in_hours)) == expected
    assert said is None or said.reason == "busy" or said.missing > 0 or said.coverage > 0.99
