"""The silence after dialling: from the dial to the first sign of the network, as far as it was heard."""

from collections.abc import Sequence

import pytest

from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.detail import story_of
from trunkline.calls.events import Event, Source
from trunkline.calls.summary import summary_of
from trunkline.calls.what import AnyWhat

AGENT, CLIENT = ("1786006800.1", "PJSIP/101-00000001"), ("1786006801.2", "PJSIP/provider-00000002")
SECOND = 1_000_000
BEGIN = 1_786_006_800 * SECOND

Told = tuple[float, tuple[str, str], AnyWhat]

PLACED: Sequence[Told] = [
    (0, AGENT, w.CallStarted(number="101", exten="79265550101")),
    (1, CLIENT, w.LegStarted()),
    (1.0, AGENT, w.Dialed(to=CLIENT[0], channel=CLIENT[1], number="79265550101")),
]
RINGS: Told = (4.5, CLIENT, w.Ringing())
TONE: Told = (3.25, CLIENT, w.Progressed())
ANSWER: Told = (9, CLIENT, w.Answered())
END: Sequence[Told] = [(20, CLIENT, w.Ended(cause=16)), (20, AGENT, w.Ended(cause=16))]


def post_dial(told: Sequence[Told], source: Source = Source.LIVE) -> float | None:
    events = [
        Event("main", AGENT[0], *leg, BEGIN + int(at * SECOND), index.to_bytes(16, "big"), source, what)
        for index, (at, leg, what) in enumerate(told)
    ]
    call = advance(Call("main", AGENT[0]), *sorted(events, key=lambda event: event.order))
    legs = {leg.id: leg for leg in story_of(call, summary_of(call)).legs}
    return legs[CLIENT[0]].post_dial_seconds


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ([RINGS, ANSWER], 3.5),
        ([TONE, RINGS, ANSWER], 2.25),
        ([TONE], 2.25),
        ([ANSWER], 8.0),  # picked up without a ring: the answer is the first sign
        ([], None),
        ([RINGS, (3, CLIENT, w.GapSeen(since=BEGIN + 2 * SECOND))], 3.5),
        ([(3, CLIENT, w.GapSeen(since=BEGIN + 2 * SECOND)), ANSWER], None),  # it may have rung in the gap
        ([(0.5, CLIENT, w.Ringing())], 0.0),  # told by another thread, before the dial
    ],
)
def test_the_first_sign_ends_the_silence(signs: list[Told], expected: float | None) -> None:
    assert post_dial([*PLACED, *signs, *END]) == expected


def test_a_leg_that_was_not_dialled_has_none() -> None:
    assert post_dial([PLACED[0], PLACED[1], RINGS, *END]) is None


def test_a_journal_knows_no_ringing() -> None:
    assert post_dial([*PLACED, ANSWER, *END], Source.LEDGER) is None
