"""The quality of lines: what the figures say, what too few do not, and the page."""

import pytest

from trunkline.reports.causes import UNSENT, cause_in_words, is_fault
from trunkline.reports.quality import FEW, LineQuality, Usual, by_operator


def line(
    calls: int = 100,
    answered: int = 90,
    *,
    direction: str = "out",
    number: str = "+74951112233",
    operator: str = "Mango",
    causes: dict[str, int] | None = None,
    delays: dict[int, int] | None = None,
    usual: tuple[int, int] = (0, 0),
) -> LineQuality:
    return LineQuality(direction, number, operator, calls, answered, 0, causes or {}, delays or {}, Usual(*usual))


@pytest.mark.parametrize(
    ("calls", "answered", "ratio"), [(0, 0, None), (FEW - 1, FEW - 1, None), (FEW, 5, 0.25), (100, 90, 0.9)]
)
def test_a_few_make_no_share(calls: int, answered: int, ratio: float | None) -> None:
    assert (line(calls, answered).ratio, line(calls, answered).few) == (ratio, ratio is None)


@pytest.mark.parametrize(
    ("calls", "answered", "usual", "fell"),
    [
        (100, 70, (1000, 930), True),
        (100, 88, (1000, 930), False),  # five in a hundred, and chance does as much
        (2000, 1780, (9000, 8370), False),  # sure, and too little to mind
        (20, 17, (1000, 930), False),  # may be chance
        (20, 8, (1000, 930), True),
        (19, 1, (1000, 930), False),  # too few to speak of
        (100, 10, (49, 45), False),  # nothing is usual yet
        (100, 99, (1000, 930), False),
        (100, 0, (1000, 0), False),
    ],
)
def test_a_fall_is_more_than_chance(calls: int, answered: int, usual: tuple[int, int], fell: bool) -> None:
    assert line(calls, answered, usual=usual).fell is fell


@pytest.mark.parametrize(
    ("delays", "half", "most"),
    [
        ({}, None, None),
        ({30: FEW - 1}, None, None),
        ({30: FEW}, 3.0, 3.0),
        ({10: 10, 20: 9, 95: 1}, 1.0, 2.0),
        ({10: 94, 40: 5, 600: 1}, 1.0, 4.0),
    ],
)
def test_delays_are_told_to_a_tenth(delays: dict[int, int], half: float | None, most: float | None) -> None:
    assert (line(delays=delays).delay(0.5), line(delays=delays).delay(0.95)) == (half, most)


@pytest.mark.parametrize(
    ("cause", "incoming", "outgoing"),
    [
        ("0", False, False),  # not told
        ("16", False, False),  # the caller gave up
        ("17", False, False),
        ("19", False, False),
        ("127", False, False),
        ("20", False, True),  # our telephone is off; the trunk is
        ("21", False, True),  # we refused; the operator did
        ("34", True, True),
        ("38", True, True),
        ("102", True, True),
        (UNSENT, True, True),
    ],
)
def test_whose_doing_it_was(cause: str, incoming: bool, outgoing: bool) -> None:
    assert (is_fault(cause, "in"), is_fault(cause, "out")) == (incoming, outgoing)


def test_causes_in_words() -> None:
    assert cause_in_words("38") == "network out of order (38)"
    assert cause_in_words("99") == "other cause (99)"
    assert cause_in_words(UNSENT) == "the PBX could not send it: trunk unreachable"


def test_failures_are_the_faults_of_both_sides_of_nobody() -> None:
    one = line(causes={"17": 9, "38": 2, "34": 5})
    assert (one.failed, one.faults) == (7, [("34", 5), ("38", 2)])


def test_operators_are_the_sums_of_their_lines() -> None:
    found = by_operator(
        [
            line(10, 9, causes={"17": 1}, delays={3: 9}),
            line(30, 20, number="+74951112244", causes={"17": 2, "38": 8}, delays={3: 1, 4: 2}),
            line(5, 1, operator="Beeline"),
        ]
    )
    assert [(one.operator, one.calls, one.answered, one.failed) for one in found] == [
        ("Mango", 40, 29, 8),
        ("Beeline", 5, 1, 0),
    ]
    assert found[0].delays == {3: 10, 4: 2}
