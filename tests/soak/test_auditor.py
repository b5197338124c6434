"""The auditor finds whatever is planted, one fault at a time, and nothing where all is well."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.auditor import Evidence, Lease, Question, SeenCall, SentCall, Visit, findings, sure_until

_SENT = (
    SentCall("1.1", "in", "+79160000001", "answered", told=True, recorded=True),
    SentCall("1.2", "in", "", "missed", told=False, recorded=False),
)
_SEEN = (
    SeenCall("a", "1.1", "in", "+79160000001", "answered", ended=True, gap=False),
    SeenCall("b", "1.2", "in", "", "missed", ended=True, gap=True),
)
_VISITS = (
    Visit("v1", "p1", "+7495", "exclusive", 10.0, 20.0),
    Visit("v2", "p2", "+7495", "cooling", 20.0, 30.0),
    Visit("v3", "p3", "+7495", "shared", 12.0, 30.0),
)


def _well() -> Evidence:
    return Evidence(
        sent=_SENT,
        seen=_SEEN,
        questions=[Question("1.1", 100.0, 3.0, 200), Question("1.2", 205.0, 4000.0, 0)],
        question_kills=[200.0],
        visits=_VISITS,
        statuses=Counter({200: 3, 204: 2, 0: 4, 503: 1}),
        kept_visits=["v1", "v2", "v3", "nobody was told"],
        leases=[Lease("p1", "+7495"), Lease("p2", "+7495"), Lease("answer lost", "+7496")],
        delivered=["a:call.ended", "a:call.ended"],
        recordings=["a"],
        waiting={"events in the outbox": 0.0},
    )


def test_nothing_is_found_where_all_is_accounted_for() -> None:
    assert findings(_well()) == []


PLANTED: list[tuple[str, Callable[[Evidence], Evidence]]] = [
    ("1 calls lost: 1.2", lambda well: replace(well, seen=_SEEN[:1])),
    (
        "1 calls double: 1.2",
        lambda well: replace(well, seen=[*_SEEN, replace(_SEEN[1], id="c")]),
    ),
    (
        "1 calls that nobody made: 9.9",
        lambda well: replace(well, seen=[*_SEEN, replace(_SEEN[1], id="c", linkedid="9.9")]),
    ),
    ("1 calls without an end: 1.2", lambda well: replace(well, seen=[_SEEN[0], replace(_SEEN[1], ended=False)])),
    (
        "1 calls told otherwise than they were: 1.2 (in  answered, not in  missed)",
        lambda well: replace(well, seen=[_SEEN[0], replace(_SEEN[1], outcome="answered")]),
    ),
    ("1 questions with nobody there: 1.2", lambda well: replace(well, question_kills=[150.0])),
    (
        "1 questions answered wrongly: 1.1 (500)",
        lambda well: replace(well, questions=[Question("1.1", 201.0, 3.0, 500)]),
    ),
    (
        "1 questions answered later than 400 ms: 1.1 (401 ms)",
        lambda well: replace(well, questions=[Question("1.1", 100.0, 401.0, 200)]),
    ),
    ("1 visits lost: v2", lambda well: replace(well, kept_visits=["v1", "v3"])),
    ("1 visits double: v1", lambda well: replace(well, kept_visits=["v1", "v1", "v2", "v3"])),
    ("1 the script was answered with a fault: 500 ×2", lambda well: replace(well, statuses=Counter({500: 2}))),
    (
        "1 numbers shown to two visitors at one time: +7495 (v1 until 20.01, v2 from 20.00)",
        lambda well: replace(well, visits=[replace(_VISITS[0], until=20.01), *_VISITS[1:]]),
    ),
    ("1 leases lost: p2 +7495", lambda well: replace(well, leases=[Lease("p1", "+7495")])),
    (
        "1 leases double: p1 +7495",
        lambda well: replace(well, leases=[*well.leases, Lease("p1", "+7495")]),
    ),
    ("1 deliveries lost: a:call.ended", lambda well: replace(well, delivered=[])),
    (
        "1 deliveries that nobody wanted: b:call.ended",
        lambda well: replace(well, delivered=["a:call.ended", "b:call.ended"]),
    ),
    ("1 recordings lost: a", lambda well: replace(well, recordings=[])),
    ("1 recordings double: a", lambda well: replace(well, recordings=["a", "a"])),
    ("1 recordings that nobody made: b", lambda well: replace(well, recordings=["a", "b"])),
    ("1 not drained: dead letters 2", lambda well: replace(well, waiting={"dead letters": 2.0})),
]


@pytest.mark.parametrize(("told", "plant"), PLANTED, ids=[told.partition(":")[0] for told, _ in PLANTED])
def test_what_is_planted_is_found_and_nothing_else(told: str, plant: Callable[[Evidence], Evidence]) -> None:
    assert findings(plant(_well())) == [told]


def test_many_of_a_kind_are_one_sentence() -> None:
    sent = [replace(_SENT[1], linkedid=f"1.{place}") for place in range(10, 15)]

    assert findings(Evidence(sent=sent)) == ["5 calls lost: 1.10, 1.11, 1.12 and 2 more"]


@pytest.mark.parametrize(
    ("signs", "until"),
    [
        ([], 125.0),
        ([(110.0, False)], 135.0),
        ([(110.0, False), (112.0, True)], 112.0),
        ([(103.0, True)], 103.0),
    ],
)
def test_a_number_is_a_visitors_for_a_window_after_his_last_sign_or_until_he_leaves(
    signs: list[tuple[float, bool]], until: float
) -> None:
    assert sure_until(100.0, signs, 25.0) == until


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 50), st.integers(1, 20)),
        max_size=12,
    )
)
def test_overlaps_are_found_exactly_where_two_intervals_of_a_number_meet(shown: list[tuple[str, int, int]]) -> None:
    visits = [
        Visit(f"v{place}", f"p{place}", number, "exclusive", float(since), float(since + lasts))
        for place, (number, since, lasts) in enumerate(shown)
    ]
    meet = any(
        one.number == other.number and one.since < other.until and other.since < one.until
        for place, one in enumerate(visits)
        for other in visits[:place]
    )
    leases = [Lease(one.visitor, one.number) for one in visits]
    found = findings(Evidence(visits=visits, kept_visits=[one.visit for one in visits], leases=leases))

    assert bool(found) == meet
