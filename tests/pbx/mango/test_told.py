"""What Mango's events make of a call, in any order, however often, and with some of them lost."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.mango import BEGAN, FORM, FakeCall, Told, called_back, played, webhook
from tests.pbx.hooks.company import CALLS, Played
from trunkline.calls.advance import advance
from trunkline.calls.agents_now import AgentState, seats_of
from trunkline.calls.call import Call
from trunkline.calls.missed import WhyMissed
from trunkline.calls.outcome import Direction, HungUpBy, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord

START = BEGAN * 1_000_000
SETTINGS = {"places": {"sales": "500"}}


def call_event(said: dict[str, Any]) -> Told:
    return said["timestamp"] - BEGAN, "events/call", said


def records(told: Sequence[Told]) -> list[HookRecord]:
    return [
        HookRecord(
            "cloud", "mango", START + int(at * 1e6) + 300_000, FORM, "POST", path, "", webhook(said), settings=SETTINGS
        )
        for at, path, said in told
    ]


def folded(heard: Sequence[HookRecord]) -> Call:
    """As the applier folds them, one by one as they come."""
    call = Call("cloud", FakeCall().entry)
    for record in heard:
        known = {step.step_id for step in call.steps}
        call = advance(call, *sorted((e for e in told_by(record) if e.step_id not in known), key=lambda e: e.order))
    return call


def summary(told: Sequence[Told]) -> Summary:
    return summary_of(folded(records(told)))


def transferred() -> list[Told]:
    """101 answers, holds, asks 102, and gives the caller over (VPBX API 1.9, "Перевод вызова с консультацией")."""
    call = FakeCall()
    aside = {"from": {"extension": "101", "number": "sip:a", **call.taken("3")}}
    over = {"from": {"number": call.client, **call.taken("3")}}
    to = {"extension": "102", "number": "sip:b"}
    return [
        call_event(call.menu(0)),
        call_event(call.menu(1, "Disconnected", disconnect_reason=1100)),
        call_event(call.desk(1, "3", "Appeared", "101", "1")),
        call_event(call.desk(5, "3", "Connected", "101", "1")),
        call_event(call.desk(35, "3", "OnHold", "101", "1")),
        call_event(call.state(36, "4", "Appeared", "abonent", to=to, **aside)),
        call_event(call.state(40, "4", "Connected", "abonent", to=to, **aside)),
        call_event(call.desk(45, "3", "Disconnected", "101", "1", disconnect_reason="1120")),
        call_event(call.state(45, "4", "Connected", "abonent", to=to, **over)),
        call_event(call.state(95, "4", "Disconnected", "abonent", to=to, disconnect_reason="1110", **over)),
        (95, "events/summary", call.summary(95, 1110, talks=5, to={"extension": "101"})),
    ]


def test_a_caller_is_routed_from_the_menu() -> None:  # VPBX API 1.9, "Маршрутизация вызова"
    call, made = FakeCall(), {"command_id": "c111"}
    told = [
        call_event(call.menu(0)),
        call_event(call.menu(1, "Disconnected", disconnect_reason="1100")),
        call_event(call.desk(1, "2", "Appeared", "123", "1", **made)),
        call_event(call.desk(12, "2", "Connected", "123", "1", **made)),
        call_event(call.desk(32, "2", "Disconnected", "123", "1", disconnect_reason="1120", **made)),
        (32, "events/summary", call.summary(32, 1120, talks=12, to={"extension": "123"})),
    ]
    found = summary(told)

    assert (found.direction, found.client, found.dialled) == (Direction.IN, "+79160000004", "+74951234567")
    assert (found.outcome, found.answered_by, found.rang) == (Outcome.ANSWERED, "123", ("123",))
    assert found.started_at == START
    assert found.wait == pytest.approx(12, abs=1)
    assert found.talk == pytest.approx(20, abs=1)
    assert not found.is_partial
    assert found.hung_up_by is HungUpBy.PBX  # the vendor's own example has the other side's code


def test_a_talk_that_is_passed_on() -> None:
    told = transferred()
    found, held = summary(told), folded(records(told[:7]))

    assert (found.outcome, found.answered_by, found.agents) == (Outcome.ANSWERED, "101", ("101", "102"))
    assert found.talk == pytest.approx(90, abs=1)
    assert [(seat.extension, seat.state) for seat in seats_of(folded(records(told[:9])))] == [
        ("102", AgentState.TALKING)
    ]
    assert {seat.extension for seat in seats_of(held)} == {"101", "102"}


def test_a_blind_transfer_names_who_passed_on() -> None:
    call = FakeCall()
    told = [
        call_event(call.desk(0, "1", "Appeared", "101", "")),
        call_event(call.desk(2, "1", "Connected", "101", "")),
        call_event(call.desk(10, "1", "Disconnected", "101", "", disconnect_reason=1183)),
        call_event(call.desk(10, "2", "Appeared", "102", "1", transfer="blind")),
        call_event(call.desk(14, "2", "Connected", "102", "1", transfer="blind")),
        (30, "events/summary", call.summary(30, 1110, talks=2, to={"extension": "101"})),
    ]
    found = folded(records(told))

    assert [(one.by, one.exten) for one in found.transfers] == [(f"{call.entry}/{call.entry}:1", "102")]
    assert summary_of(found).agents == ("101", "102")


@pytest.mark.parametrize("made", [{"command": "dial-1"}, {"initiator": "CallbackWidget"}, {"command": "c-1"}])
@pytest.mark.parametrize("played_call", CALLS[8:])
@pytest.mark.parametrize("lost", [(), (0,), (0, 1), (2, 3)], ids=str)
def test_a_call_that_a_command_began_is_the_employees(
    made: dict[str, str], played_call: Played, lost: tuple[int, ...]
) -> None:
    """VPBX API 1.9, "Инициирование исходящего вызова": he is rung first, as if the client called him."""
    told = list(called_back(played_call, **made))
    left = [one for place, one in enumerate(told) if place not in lost]
    found = summary(left)
    before = folded(records(told[:3]))

    assert (found.direction, found.caller, found.dialled) == (Direction.OUT, "101", "+79160000004")
    wanted = Outcome.ANSWERED if played_call.answered else Outcome.MISSED
    assert found.outcome is wanted
    assert found.talk == pytest.approx(played_call.talk, abs=1)
    assert summary_of(before).answered_by == "", "he alone has picked up"
    assert (found.agents, found.rang) == (("101",), ("+79160000004",))


def test_an_employee_who_is_called_back_and_does_not_pick_up_has_called_nobody() -> None:
    told = called_back(CALLS[8], "dial-1")
    found = summary([told[0], (20, "events/summary", told[-1][2] | {"talk_time": 0, "entry_result": 0})])

    assert (found.direction, found.outcome, found.rang) == (Direction.OUT, Outcome.MISSED, ())


def test_a_queue_has_our_name() -> None:
    call = FakeCall()
    told = [call_event(call.menu(0)), call_event(call.queue(1, "Appeared")), call_event(call.queue(9, "Disconnected"))]
    (visit,) = folded(records(told)).queues

    assert (visit.queue, visit.until) == ("sales", START + 9_002_000)


def test_whoever_was_rung_is_free_once_another_has_taken_it() -> None:
    told = [one for one in played(CALLS[2]) if one[0] < 4]
    answered = [one for one in played(CALLS[2]) if one[0] <= 4]

    assert {seat.extension for seat in seats_of(folded(records(told)))} == {"101", "102", "103"}
    assert [seat.extension for seat in seats_of(folded(records(answered)))] == ["103"]


def test_the_summary_alone_tells_an_answered_call() -> None:
    found = summary(played(CALLS[0])[-1:])

    assert (found.outcome, found.answered_by, found.client) == (Outcome.ANSWERED, "101", "+79160000004")
    assert (found.dialled, found.started_at) == ("+74951234567", START)
    assert found.talk == pytest.approx(60, abs=1)


@pytest.mark.parametrize("lost", range(len(played(CALLS[0])) - 1))
def test_one_lost_event_changes_neither_who_answered_nor_for_how_long(lost: int) -> None:
    found = summary([one for place, one in enumerate(played(CALLS[0])) if place != lost])

    assert (found.outcome, found.answered_by) == (Outcome.ANSWERED, "101")
    assert found.talk == pytest.approx(60, abs=1)


def test_a_lost_summary_leaves_nobody_in_the_talk() -> None:
    call = folded(records(played(CALLS[0])[:-1]))

    assert seats_of(call) == ()
    assert summary_of(call).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (3, WhyMissed.NO_ANSWER),
        (4, WhyMissed.ABANDONED_IN_QUEUE),
        (5, WhyMissed.LEFT_UNROUTED),
        (6, WhyMissed.BUSY),
    ],
)
def test_a_missed_call(call: int, why: WhyMissed) -> None:
    assert summary(played(CALLS[call])).missed_why is why


def test_an_older_state_of_a_leg_changes_nothing() -> None:  # pbx.md §1.3: lower `seq` is ignored
    told = played(CALLS[0])
    late = folded(records([*told, *told[:4]]))

    assert late == folded(records(told))
    assert seats_of(late) == ()


def test_a_time_three_hours_ahead_is_of_the_vendors_zone() -> None:
    said = FakeCall(began=BEGAN + 3 * 3600).menu(0)
    (begun,) = told_by(records([(0, "events/call", said)])[0])

    assert begun.at == START + 1000


@pytest.mark.parametrize("time", ["yesterday", None, 0, 10**14, "-1"])
def test_a_time_that_cannot_be_is_when_it_came(time: object) -> None:
    (begun,) = told_by(records([(0, "events/call", FakeCall().menu(0) | {"timestamp": time})])[0])

    assert begun.at == START + 301_000


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("events/recording", FakeCall().menu(0)),
        ("events/record/added", {"entry_id": "1", "recording_id": "2"}),
        ("events/dtmf", {"entry_id": "1", "dtmf": "7"}),
        ("events/sms", {"command_id": "1"}),
        ("result/route", {"command_id": "1", "result": 1000}),
        ("commands/route", FakeCall().menu(0)),
        ("events/call", {"entry_id": "1", "call_state": "Appeared", "location": "ivr"}),
        ("events/call", FakeCall().menu(0, "Evaporated")),
        ("events/call", FakeCall().menu(0, entry_id="")),
    ],
)
def test_what_is_no_step_of_a_call_is_none(path: str, said: dict[str, Any]) -> None:
    assert told_by(records([(0, path, said)])[0]) == ()


def test_json_that_is_none_tells_nothing() -> None:
    """As the vendor's document writes it: with a semicolon."""
    (record,) = records([(0, "events/call", FakeCall().menu(0))])
    body = f"json={json.dumps({'entry_id': '1'})};".encode()

    assert told_by(HookRecord("cloud", "mango", record.received, FORM, "POST", "events/call", "", body)) == ()


@given(st.data(), st.sampled_from([*(played(call) for call in CALLS), transferred(), called_back(CALLS[8], "dial-1")]))
def test_any_order_and_any_repeats_give_the_same_call(data: st.DataObject, told: Sequence[Told]) -> None:
    heard = records(told)
    shuffled = data.draw(st.permutations(heard + data.draw(st.lists(st.sampled_from(heard), max_size=4))))

    assert folded(shuffled) == folded(heard)


@given(
    st.data(),
    st.sampled_from([*(played(call) for call in CALLS), transferred(), called_back(CALLS[8], "dial-1")]),
    st.integers(0, 200),
)
def test_no_loss_and_no_cut_breaks_the_fold(data: st.DataObject, told: Sequence[Told], cut: int) -> None:
    heard = records(data.draw(st.lists(st.sampled_from(list(told)), min_size=1)))
    first = heard[0]
    debris = HookRecord("cloud", "mango", first.received, FORM, "POST", first.path, "", first.body[:cut])
    call = folded([*heard, debris])

    if call.legs:
        summary_of(call)
