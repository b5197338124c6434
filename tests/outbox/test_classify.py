"""Error classes and what is done about them: the tables of crm.md §6.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.outbox.classify import Action, ErrorClass, backoff, classify, decide
from trunkline.outbox.event import Fault, KindPolicy, Refusal, Sent

_SAID = Sent.ANSWERED


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("HTTP 503", _SAID, 503, "QUERY_LIMIT_EXCEEDED"), ErrorClass.THROTTLED),
        (Fault("HTTP 429", _SAID, 429, "OPERATION_TIME_LIMIT"), ErrorClass.THROTTLED),
        (Fault("HTTP 429", _SAID, 429), ErrorClass.THROTTLED),
        (Fault("HTTP 503", _SAID, 503, retry_after=7.0), ErrorClass.THROTTLED),
        (Fault("HTTP 401", _SAID, 401, "expired_token"), ErrorClass.AUTH),
        (Fault("HTTP 400", _SAID, 400, "invalid_grant"), ErrorClass.AUTH),
        (Fault("HTTP 400", _SAID, 400, "invalid_client"), ErrorClass.AUTH),
        (Fault("HTTP 500", _SAID, 500, "PORTAL_DELETED"), ErrorClass.BLOCKED),
        (Fault("535", _SAID, code="auth_failed", refusal=Refusal.NEVER), ErrorClass.AUTH),
        (Fault("HTTP 403", _SAID, 403), ErrorClass.BLOCKED),
        (Fault("HTTP 200", _SAID, 200, "PAYMENT_REQUIRED"), ErrorClass.BLOCKED),
        (Fault("OVERLOAD_LIMIT", _SAID, 503, "OVERLOAD_LIMIT"), ErrorClass.BLOCKED),
        (Fault("a private address", Sent.NO, refusal=Refusal.NEVER), ErrorClass.PERMANENT),
        (Fault("no such host", Sent.NO), ErrorClass.TRANSIENT),
        (Fault("connection reset", Sent.MAYBE), ErrorClass.UNKNOWN),
        (Fault("HTTP 500", _SAID, 500), ErrorClass.UNKNOWN),
        (Fault("HTTP 502", _SAID, 502), ErrorClass.UNKNOWN),
        (Fault("HTTP 504", _SAID, 504), ErrorClass.UNKNOWN),
        (Fault("HTTP 503", _SAID, 503), ErrorClass.TRANSIENT),
        (Fault("HTTP 408", _SAID, 408), ErrorClass.TRANSIENT),
        (Fault("451 try later", _SAID, refusal=Refusal.LATER), ErrorClass.TRANSIENT),
        (Fault("550 no such user", _SAID, refusal=Refusal.NEVER), ErrorClass.PERMANENT),
        (Fault("HTTP 400", _SAID, 400), ErrorClass.PERMANENT),
        (Fault("HTTP 404", _SAID, 404), ErrorClass.PERMANENT),
    ],
)
def test_the_class_of_a_fault(fault: Fault, expected: ErrorClass) -> None:
    assert classify(fault) is expected


@pytest.mark.parametrize(
    ("fault", "attempts", "expected"),
    [
        (Fault("HTTP 429", _SAID, 429, retry_after=40.0), 1, (Action.PAUSE, 40.0, False, False, False)),
        (Fault("HTTP 429", _SAID, 429, retry_after=40.0, alone=True), 99, (Action.RETRY, 40.0, False, False, False)),
        (Fault("HTTP 401", _SAID, 401), 99, (Action.HOLD, 900.0, False, False, False)),
        (Fault("HTTP 403", _SAID, 403), 99, (Action.HOLD, 900.0, False, False, False)),
        (Fault("no such host", Sent.NO), 1, (Action.RETRY, 4.0, True, False, True)),
        (Fault("connection reset", Sent.MAYBE), 1, (Action.RETRY, 4.0, True, True, True)),
        (Fault("connection reset", Sent.MAYBE), 12, (Action.BURY, 4.0, True, True, True)),
        (Fault("HTTP 400", _SAID, 400), 1, (Action.BURY, 0.0, True, False, False)),
        (Fault("HTTP 429", _SAID, 429, retry_after=1e9), 1, (Action.PAUSE, 3600.0, False, False, False)),
    ],
)
def test_what_is_done(fault: Fault, attempts: int, expected: tuple[Action, float, bool, bool, bool]) -> None:
    decision = decide(fault, attempts=attempts, failures=2, policy=KindPolicy(), chance=0.0)
    assert (decision.action, decision.delay, decision.counts, decision.unsure, decision.trips) == expected


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_backoff_grows_to_its_cap_and_jitter_takes_at_most_half(failures: int, chance: float) -> None:
    policy = KindPolicy(backoff_base=1.0, backoff_cap=300.0)
    whole = backoff(failures, policy, 0.0)
    assert whole <= backoff(failures + 1, policy, 0.0) <= 300.0
    assert whole / 2 <= backoff(failures, policy, chance) <= whole
