"""The circuit breaker's rules, as a value."""

from hypothesis import given
from hypothesis import strategies as st

from trunkline.outbox.breaker import Breaker, Pass, Shut, Tally, admit, hold, record
from trunkline.outbox.event import BreakerPolicy

_POLICY = BreakerPolicy()


def _after(outcomes: str, *, now: float = 1000.0) -> Breaker:
    """The breaker after successes (`+`) and failures (`-`), reported one by one."""
    breaker = Breaker()
    for outcome in outcomes:
        breaker = record(breaker, _POLICY, Tally().plus(outcome == "+", probe=False), now)
    return breaker


def test_five_failures_in_a_row_open_it_and_four_do_not() -> None:
    assert _after("----").closed
    assert _after("----+----").closed
    assert _after("+-----").open_until == 1030.0


def test_more_than_half_of_ten_failing_opens_it() -> None:
    assert _after("+-+-+-+-+-").closed
    assert not _after("+--+--+--+--").closed


def test_what_happened_long_ago_does_not_count() -> None:
    breaker = _after("+--+--+-", now=0.0)
    later = record(breaker, _POLICY, Tally(ok=1, failed=1, trailing=1), 61.0)
    assert (later.closed, later.ok + later.ok_before, later.failed + later.failed_before) == (True, 1, 1)


def test_one_probe_at_a_time_and_its_result_decides() -> None:
    breaker = _after("-----")
    assert admit(breaker, _POLICY, 1029.0)[1] == Shut(1030.0)
    breaker, first = admit(breaker, _POLICY, 1030.0)
    _, second = admit(breaker, _POLICY, 1030.1)
    assert (first, second) == (Pass(probe=True), Shut(1090.0))
    assert record(breaker, _POLICY, Tally().plus(True, probe=True), 1031.0).closed
    assert record(breaker, _POLICY, Tally().plus(False, probe=True), 1031.0).open_until == 1061.0


def test_late_answers_neither_close_nor_prolong_an_open_circuit() -> None:
    breaker = _after("-----")
    assert record(breaker, _POLICY, Tally(ok=50), 1001.0) == breaker
    assert record(breaker, _POLICY, Tally(failed=50, trailing=50), 1001.0) == breaker


def test_a_hold_outlasts_an_opening() -> None:
    assert hold(_after("-----"), 1900.0).open_until == 1900.0
    assert hold(hold(Breaker(), 1900.0), 1500.0).open_until == 1900.0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 5)), max_size=200))
def test_it_never_stays_shut_for_ever(steps: list[tuple[bool, float]]) -> None:
    breaker, now = Breaker(), 0.0
    for success, pause in steps:
        now += pause
        breaker, said = admit(breaker, _POLICY, now)
        if isinstance(said, Shut):
            assert now < said.until <= now + max(_POLICY.open_for, _POLICY.probe_limit)
        else:
            breaker = record(breaker, _POLICY, Tally().plus(success, probe=said.probe), now)
