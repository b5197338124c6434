"""What silence says by the clock (docs/decisions/0930): the watch of a link, told without its waiting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.asterisk.silence import Silence, Stage
from trunkline.pbx.asterisk.terms import Limits

LIMITS = Limits()
DOUBTED_BY = LIMITS.ping_after + LIMITS.doubt
ENDED_BY = LIMITS.ping_after + LIMITS.pong


def watched(arrivals: list[float], until: float, limits: Limits = LIMITS) -> list[tuple[float, str]]:
    """What is done up to a moment about a link that was made at 0 and brought bytes at these."""
    silence, done, coming = Silence(limits, 0.0), [], sorted(arrivals)
    while True:
        stage, at = silence.due()
        if coming and coming[0] <= at:
            moment = coming.pop(0)
            if silence.heard(moment):
                done.append((moment, "heard"))
        elif at > until:
            return done
        else:
            silence.reached(stage, at)
            done.append((at, stage.value))
            if stage is Stage.END:
                return done


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        pytest.param([0.5, 1.0, 2.0, 3.4], [], id="events, an idle second between"),
        pytest.param([2.1], [(1.5, "ping")], id="a pong"),
        pytest.param([2.9], [(1.5, "ping")], id="a late pong"),
        pytest.param([3.5], [(1.5, "ping"), (3.0, "doubt"), (3.5, "heard")], id="later than the doubt"),
        pytest.param([], [(1.5, "ping"), (3.0, "doubt")], id="a cut"),
        pytest.param([0.0, 0.0], [(1.5, "ping"), (3.0, "doubt")], id="a cut after a moment of much"),
    ],
)
def test_what_is_done_about_a_silent_link(arrivals: list[float], expected: list[tuple[float, str]]) -> None:
    assert watched(arrivals, 3.5) == expected


def test_a_link_that_stays_silent_ends() -> None:
    assert watched([], 60.0) == [(1.5, "ping"), (3.0, "doubt"), (10.0, "end")]


def test_where_the_pong_is_not_waited_for_longer_there_is_no_doubt() -> None:
    assert watched([], 60.0, Limits(ping_after=1.0, doubt=2.0, pong=2.0)) == [(1.0, "ping"), (3.0, "end")]


@given(st.lists(st.floats(0.0, DOUBTED_BY, exclude_max=True), max_size=40))
def test_a_pbx_that_says_something_is_not_doubted_however_late_its_pongs(gaps: list[float]) -> None:
    moments = [sum(gaps[: number + 1]) for number in range(len(gaps))]

    assert {what for _, what in watched(moments, sum(gaps))} <= {"ping"}


@given(st.lists(st.floats(0.0, 8.0), max_size=10))
def test_a_silence_is_doubted_and_ended_at_its_moments(gaps: list[float]) -> None:
    moments = [sum(gaps[: number + 1]) for number in range(len(gaps))]

    last = sum(gaps)
    done = watched(moments, last + 60.0)[-3:]
    assert [what for _, what in done] == ["ping", "doubt", "end"]
    assert [at - last for at, _ in done] == pytest.approx([LIMITS.ping_after, DOUBTED_BY, ENDED_BY])


@given(st.floats(0.0, LIMITS.ping_after), st.floats(0.0, LIMITS.ping_after))
def test_of_two_nodes_at_a_pbx_that_stands_still_none_doubts_before_the_other_asked(one: float, other: float) -> None:
    """So neither takes the other's seat: both were heard at most `ping_after` before it stood still."""
    doubts = next(at for at, what in watched([one], 60.0) if what == "doubt")
    asked = next(at for at, what in watched([other], 60.0) if what == "ping")

    assert asked <= doubts


def test_a_standstill_of_our_own_is_not_taken_for_the_pbxs() -> None:
    silence = Silence(LIMITS, 0.0)
    silence.reached(Stage.PING, 20.0)  # when we came to it

    assert silence.due() == (Stage.DOUBT, 20.0 + LIMITS.doubt)
