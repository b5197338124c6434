"""How talks went that are written down here as spans, and what holds for every talk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.analysis import Figures, OfSide, figures_of, joined
from recordings.transcript import Piece, Word


def piece(side: int | None, start: float, end: float) -> Piece:
    """What was said from `start` to `end`, in two words."""
    middle = (start + end) / 2
    return Piece(side, (Word("раз", start, middle, 1.0), Word("два", middle, end, 1.0)))


@pytest.mark.parametrize(
    ("pieces", "seconds", "told"),
    [
        ([], 10.0, Figures(10.0, 10.0, 10.0, None)),
        ([piece(None, 2, 5)], 10.0, Figures(10.0, 7.0, 5.0, 2.0)),
        (
            [piece(0, 1, 4), piece(1, 5, 9)],
            10.0,
            Figures(10.0, 3.0, 1.0, 1.0, (OfSide(3.0, 3.0, 0, 1.0), OfSide(4.0, 4.0, 0, 5.0))),
        ),
        (  # "yes" in the midst of it breaks no monologue
            [piece(0, 0, 4), piece(1, 4.25, 4.75), piece(0, 5, 9)],
            9.0,
            Figures(9.0, 0.5, 0.25, 0.0, (OfSide(8.0, 9.0, 0, 0.0), OfSide(0.5, 0.5, 0, 4.25))),
        ),
        (  # the second cuts in, and the first goes on after him
            [piece(0, 0, 5), piece(1, 3, 7), piece(0, 8, 9)],
            9.0,
            Figures(9.0, 1.0, 1.0, 0.0, (OfSide(6.0, 5.0, 0, 0.0), OfSide(4.0, 4.0, 1, 3.0))),
        ),
        (
            [piece(0, 0, 12)],
            10.0,
            Figures(12.0, 0.0, 0.0, 0.0, (OfSide(12.0, 12.0, 0, 0.0), OfSide(0.0, 0.0, 0, None))),
        ),
    ],
)
def test_how_a_talk_went(pieces: list[Piece], seconds: float, told: Figures) -> None:
    assert figures_of(pieces, seconds) == told


def test_who_talked_more() -> None:
    assert figures_of([piece(0, 0, 3), piece(1, 3, 4)], 4).ratio == 0.75
    assert figures_of([piece(None, 0, 3)], 4).ratio is None


SPANS = st.tuples(st.sampled_from([0, 1]), st.integers(0, 500), st.integers(1, 60))


@given(spans=st.lists(SPANS, max_size=30), seconds=st.integers(0, 700))
def test_what_holds_for_every_talk(spans: list[tuple[int, int, int]], seconds: int) -> None:
    pieces = [piece(side, start / 10, (start + length) / 10) for side, start, length in spans]
    told = figures_of(pieces, seconds / 10)

    spoken = sum(end - start for start, end in joined([(one.start, one.end) for one in pieces]))
    assert told.silence + spoken == pytest.approx(told.seconds)
    assert told.longest_silence <= told.silence + 1e-9
    for side in told.sides:
        assert side.talk <= spoken + 1e-9
        assert side.longest_monologue <= told.seconds + 1e-9
        assert (side.first_word is None) == (side.talk == 0)
    assert told.ratio is None or 0 <= told.ratio <= 1
