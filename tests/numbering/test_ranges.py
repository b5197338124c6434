"""The region of a number from ranges in memory."""

import array
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.numbering.ranges import STEP, RangeTable, RangeTexts, StepIndex, range_info, range_key
from trunkline.numbering.region import KAZAKHSTAN, UNKNOWN, YOUNG_DAYS, Region, RegionKind

DAY = dt.date(2026, 8, 1)
BOTH = (RegionKind.SUBJECT, ("50", "77"))
ALL_RUSSIA = (RegionKind.NATIONWIDE, ())


def table(*ranges: tuple[int, int, int, int], dated: dict[str, dt.date] | None = None) -> RangeTable:
    """Ranges of (first, last, place, operator)."""
    keys = array.array("Q", [range_key(first, last) for first, last, _, _ in ranges])
    info = array.array("I", [range_info(place, operator) for _, _, place, operator in ranges])
    texts = RangeTexts((BOTH, ALL_RUSSIA), ("МТС", "Т2"), dated if dated is not None else {"9": DAY, "8": DAY})
    index = StepIndex()
    for place, (first, *_) in enumerate(ranges):
        index.add(first, place)
    steps = memoryview(index.finish(len(ranges))).cast("I")
    return RangeTable(memoryview(keys), memoryview(info), steps, texts)


SMALL = table((8_000_000_000, 8_000_000_009, 1, 0), (9_160_000_000, 9_169_999_999, 0, 0), (9_990_000_000,) * 2 + (1, 1))


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+79160000000", Region(RegionKind.SUBJECT, ("50", "77"), "МТС")),
        ("+79169999999", Region(RegionKind.SUBJECT, ("50", "77"), "МТС")),
        ("+79159999999", Region(RegionKind.NONE, dated=DAY)),
        ("+79170000000", Region(RegionKind.NONE, dated=DAY)),
        ("+79990000000", Region(RegionKind.NATIONWIDE, (), "Т2")),
        ("+79990000001", Region(RegionKind.NONE, dated=DAY)),
        ("+78000000005", Region(RegionKind.NATIONWIDE, (), "МТС")),
        ("+78005553535", Region(RegionKind.NATIONWIDE)),
        ("+78120000000", Region(RegionKind.NONE, dated=DAY)),
        ("+73362212345", Region(RegionKind.BAIKONUR)),
        ("+74951234567", UNKNOWN),  # no registry of 4 was imported
        ("+75551234567", Region(RegionKind.NONE, dated=DAY)),  # given to nobody, by any registry
        ("+77011234567", KAZAKHSTAN),
        ("+76001234567", KAZAKHSTAN),
        ("+375291234567", Region(RegionKind.COUNTRY, country="BY")),
        ("+12125551234", Region(RegionKind.COUNTRY, country="US")),
        ("+14165551234", Region(RegionKind.COUNTRY, country="CA")),
        ("+390612345678", Region(RegionKind.COUNTRY, country="IT")),
        ("+80012345678", Region(RegionKind.COUNTRY, country="001")),
        ("+99912345678", UNKNOWN),
        ("+7916", UNKNOWN),
        ("101", UNKNOWN),
        ("anonymous", UNKNOWN),
        ("", UNKNOWN),
        ("+", UNKNOWN),
        ("+7916１234567", UNKNOWN),
    ],
)
def test_region_of_a_number(number: str, region: Region) -> None:
    assert SMALL.region(number) == region


def test_without_a_registry_only_the_plan_speaks() -> None:
    nothing = RangeTable()

    assert nothing.region("+79161234567") == UNKNOWN
    assert nothing.region("+75551234567") == UNKNOWN
    assert nothing.region("+78005553535").kind is RegionKind.NATIONWIDE
    assert nothing.region("+73362212345").kind is RegionKind.BAIKONUR


@pytest.mark.parametrize(("age", "counts"), [(0, True), (YOUNG_DAYS - 1, True), (YOUNG_DAYS, False), (400, False)])
def test_in_no_range_counts_while_the_registry_is_young(age: int, counts: bool) -> None:
    assert SMALL.region("+79990000001").is_unallocated(DAY + dt.timedelta(age)) is counts
    assert not SMALL.region("+79161234567").is_unallocated(DAY + dt.timedelta(age))


_gaps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30)


@given(_gaps, st.integers(-3, 300))
def test_bisection_equals_a_scan(gaps: list[tuple[int, int]], offset: int) -> None:
    ranges, start = [], 9_100_000_000 - 150
    for place, (gap, length) in enumerate(gaps):
        first = start + gap
        ranges.append((first, first + length, place % 2, place % 2))
        start = first + length + 1
    number = 9_100_000_000 - 150 + offset
    holder = [each for each in ranges if each[0] <= number <= each[1]]
    found = table(*ranges).region(f"+7{number}")

    assert (found.kind is RegionKind.NONE) == (not holder)
    if holder:
        assert found.operator == ("МТС", "Т2")[holder[0][3]]


@given(st.lists(st.integers(0, 10**10 - 1), max_size=12, unique=True).map(sorted), st.integers(0, 10**10 - 1))
def test_each_step_begins_at_its_first_range(firsts: list[int], number: int) -> None:
    index = StepIndex()
    for place, first in enumerate(firsts):
        index.add(first, place)
    steps = memoryview(index.finish(len(firsts))).cast("I")
    step = number // STEP

    assert steps[step] == sum(first < step * STEP for first in firsts)
    assert steps[step + 1] == sum(first < (step + 1) * STEP for first in firsts)


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 4), (8_999_999_999, 9_000_000_000), (0, 10**10)])
def test_what_is_no_range(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        range_key(first, last)
