"""What Zadarma's webhooks make of a call, in any order, however often, and with some of them lost."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.zadarma import FORM, FakeCall, Sent, webhook
from trunkline.calls.advance import advance
from trunkline.calls.agents_now import AgentState, seats_of
from trunkline.calls.call import Call
from trunkline.calls.missed import WhyMissed
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord

START = 1_786_006_800_000_000
"""2026-08-06 12:00:00 in Moscow, µs."""
CALL = FakeCall()
OUT = {
    "call_start": CALL.start,
    "pbx_call_id": "out_77",
    "internal": "101",
    "destination": "79160000009",
    "caller_id": "74951234567",
}

Timed = Sequence[tuple[float, Sent]]
ANSWERED: Timed = [
    (0.4, CALL.start_()),
    (0.9, CALL.rings("101")),
    (1.0, CALL.rings("102")),
    (7.0, CALL.answers("102")),
    (67.2, CALL.ends("answered", 60, internal="102", last="102")),
]
MISSED: Timed = [
    (0.4, CALL.start_()),
    (0.9, CALL.rings("101")),
    (20.9, CALL.rings("102")),
    (31.0, CALL.ends("cancel", 31, internal="102")),
]
OUTGOING: Timed = [
    (0.3, webhook("NOTIFY_OUT_START", **OUT)),
    (12.0, webhook("NOTIFY_ANSWER", **OUT)),
    (42.0, webhook("NOTIFY_OUT_END", **OUT, duration="30", disposition="answered", status_code="16")),
]


def records(sent: Timed, zone: str = "Europe/Moscow") -> list[HookRecord]:
    return [
        HookRecord(
            "cloud", "zadarma", START + int(after * 1e6), FORM, "POST", "", "", one.body, settings={"zone": zone}
        )
        for after, one in sent
    ]


def folded(heard: Sequence[HookRecord]) -> Call:
    """As the applier folds them, one by one as they come."""
    call = Call("cloud", "x")
    for record in heard:
        known = {step.step_id for step in call.steps}
        call = advance(call, *sorted((e for e in told_by(record) if e.step_id not in known), key=lambda e: e.order))
    return call


def summary(sent: Timed) -> Summary:
    first = records(sent)[0].request.text("pbx_call_id")
    call = folded(records(sent))
    return summary_of(Call("cloud", first) if not call.steps else advance(Call("cloud", first), *call.steps))


def test_an_answered_call() -> None:
    told = summary(ANSWERED)

    assert (told.direction, told.client, told.dialled) == (Direction.IN, "+79160000004", "+74951234567")
    assert (told.outcome, told.answered_by, told.rang) == (Outcome.ANSWERED, "102", ("101", "102"))
    assert told.started_at == START
    assert told.talk == pytest.approx(60, abs=1)
    assert told.wait == pytest.approx(7, abs=1)
    assert not told.is_partial


def test_whoever_was_rung_is_free_once_another_has_taken_it() -> None:
    ringing, talking = folded(records(ANSWERED[:3])), folded(records(ANSWERED[:4]))

    assert [(seat.extension, seat.state) for seat in seats_of(ringing)] == [
        ("101", AgentState.RINGING),
        ("102", AgentState.RINGING),
    ]
    assert [(seat.extension, seat.state) for seat in seats_of(talking)] == [("102", AgentState.TALKING)]
    assert seats_of(folded(records(ANSWERED))) == ()


@pytest.mark.parametrize("lost", range(len(ANSWERED) - 1))
def test_one_lost_webhook_changes_neither_who_answered_nor_for_how_long(lost: int) -> None:
    told = summary([one for place, one in enumerate(ANSWERED) if place != lost])

    assert (told.outcome, told.answered_by) == (Outcome.ANSWERED, "102")
    assert told.talk == pytest.approx(60, abs=1)


def test_the_end_alone_tells_the_call() -> None:
    told = summary(ANSWERED[-1:])

    assert (told.outcome, told.answered_by, told.client) == (Outcome.ANSWERED, "102", "+79160000004")
    assert told.started_at == START
    assert told.talk == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("sent", "why", "rang"),
    [
        (MISSED, WhyMissed.ABANDONED, ("101", "102")),
        ([MISSED[0], (9.0, CALL.ends("cancel", 0))], WhyMissed.LEFT_UNROUTED, ()),
        ([MISSED[0], (9.0, CALL.ends("busy", 0, internal="101", cause="17"))], WhyMissed.BUSY, ("101",)),
        ([MISSED[0], (9.0, CALL.ends("no answer", 0, internal="101", cause="19"))], WhyMissed.NO_ANSWER, ("101",)),
        ([MISSED[0], (9.0, CALL.ends("line limit", 0, internal="101", cause="0"))], WhyMissed.UNAVAILABLE, ("101",)),
        # A menu that answered and nobody else: whoever hung up there was not served.
        ([MISSED[0], (9.0, CALL.ends("answered", 9))], WhyMissed.UNAVAILABLE, ()),
        ([MISSED[0], (5.0, CALL.ivr("")), (9.0, CALL.ends("answered", 9))], WhyMissed.NOT_ROUTED, ()),
    ],
)
def test_a_missed_call(sent: Timed, why: WhyMissed, rang: tuple[str, ...]) -> None:
    told = summary(sent)

    assert (told.outcome, told.missed_why, told.rang, told.answered_by) == (Outcome.MISSED, why, rang, "")
    assert told.ended_at is not None


def test_an_outgoing_call() -> None:
    told = summary(OUTGOING)

    assert (told.direction, told.caller, told.client) == (Direction.OUT, "101", "+79160000009")
    assert (told.outcome, told.agents) == (Outcome.ANSWERED, ("101",))
    assert told.talk == pytest.approx(30, abs=1)


def test_an_outgoing_call_nobody_answered() -> None:
    end = webhook("NOTIFY_OUT_END", **OUT, duration="0", disposition="busy", status_code="17")
    told = summary([OUTGOING[0], (9.0, end)])

    assert (told.direction, told.outcome, told.missed_why) == (Direction.OUT, Outcome.MISSED, WhyMissed.BUSY)


def test_what_comes_after_the_end_opens_nothing_again() -> None:
    late = [MISSED[0], MISSED[3], (40.0, CALL.rings("103")), (41.0, CALL.answers("104"))]
    call = folded(records(late))

    assert call.is_over
    assert (seats_of(call), summary(late).outcome) == ((), Outcome.MISSED)
    assert summary(late).ended_at == START + 31_000_000


def test_times_are_those_of_the_accounts_zone() -> None:
    (begun,) = told_by(records(ANSWERED[:1], zone="Asia/Yekaterinburg")[0])

    assert begun.at == START - 2 * 3600 * 1_000_000


@pytest.mark.parametrize(
    "sent",
    [
        webhook("NOTIFY_RECORD", pbx_call_id="in_1", call_id_with_rec="145.2"),
        webhook("NOTIFY_INTERNAL_END", pbx_call_id="in_1", internal="101"),
        webhook("SMS", result='{"caller_id":"1"}'),
        webhook("SPEECH_RECOGNITION", result="{}"),
        webhook("NOTIFY_START"),
        webhook("NOTIFY_OUT_START", pbx_call_id="out_1", destination="79160000009"),
    ],
)
def test_what_is_no_step_of_a_call_is_none(sent: Sent) -> None:
    assert told_by(records([(0.0, sent)])[0]) == ()


@pytest.mark.parametrize(
    "fields", [{"call_start": "yesterday"}, {"duration": "nan"}, {"status_code": "x", "duration": "-5"}]
)
def test_a_field_that_cannot_be_read_costs_that_field_only(fields: dict[str, str]) -> None:
    known = {"pbx_call_id": "in_1", "caller_id": "79160000004", "disposition": "answered", "internal": "101"}

    assert folded(records([(5.0, webhook("NOTIFY_END", **known, **fields))])).is_over


@given(st.data(), st.sampled_from([ANSWERED, MISSED, OUTGOING]))
def test_any_order_and_any_repeats_give_the_same_call(data: st.DataObject, sent: Timed) -> None:
    heard = records(sent)
    shuffled = data.draw(st.permutations(heard + data.draw(st.lists(st.sampled_from(heard), max_size=4))))

    assert folded(shuffled) == folded(heard)


@given(st.lists(st.sampled_from([*ANSWERED, *MISSED, (3.0, CALL.ivr("7"))])), st.binary(max_size=40))
def test_no_story_of_webhooks_breaks_the_fold(sent: Timed, debris: bytes) -> None:
    heard = [*records(sent), *records([(1.0, Sent(debris, {})), (2.0, Sent(b"event=NOTIFY_END&" + debris, {}))])]
    call = folded(heard)

    if call.legs:
        summary_of(call)
