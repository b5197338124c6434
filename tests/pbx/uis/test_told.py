"""What UIS's notifications make of a call, in any order, however often, and with some of them lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.uis import note
from tests.pbx.ten_calls import CALLED, START, TEN, Sent, folded, records, same, told
from trunkline.pbx.uis import PROVIDER

SETTINGS = {"employees": {"Иван  Петров": "101", "25": "102"}, "zone": "Europe/Moscow"}
IVAN, OLGA = {"employee_full_name": "Иван Петров"}, {"employee_id": "25", "employee_full_name": 'Ольга "Оля"'}
OUT = {"direction": "out", "contact_phone_number": CALLED[1:], **IVAN}
INSIDE = {"is_internal": "true", "calling_phone_number": "101", "called_phone_number": "102"}


CALLS = {
    "answered": [
        note(0, "in"),
        note(1, "ring", **OLGA),
        note(7, "talk", **OLGA),
        note(67, "end", **OLGA, talk_time_duration="60"),
    ],
    "missed": [note(0, "in"), note(1, "ring", **IVAN), note(31, "lost"), note(31, "end")],
    "busy": [note(0, "in"), note(1, "ring", **IVAN), note(3, "lost"), note(3, "end", **IVAN)],
    "transferred": [
        note(0, "in"),
        note(1, "ring", **IVAN),
        note(5, "talk", **IVAN),
        note(40, "talk", **OLGA),
        note(95, "end", **IVAN, talk_time_duration="90"),
    ],
    "outgoing": [note(0, "out", **OUT), note(12, "talk", **OUT), note(42, "end", **OUT, talk_time_duration="30")],
    "outgoing unanswered": [note(0, "out", **OUT), note(25, "end", **OUT, talk_time_duration="0")],
    "group": [
        note(0, "in"),
        note(1, "ring", **IVAN),
        note(2, "ring", **OLGA),
        note(9, "talk", **OLGA),
        note(54, "end", **OLGA, talk_time_duration="45"),
    ],
    "abandoned": [note(0, "in"), note(1, "ring", **IVAN), note(9, "lost"), note(9, "end")],
    "spam refused": [note(0, "in"), note(2, "end")],
    "internal": [
        note(0, "out", **INSIDE),
        note(4, "talk", **INSIDE),
        note(24, "end", **INSIDE, talk_time_duration="20"),
    ],
}


@pytest.mark.parametrize("name", TEN)
def test_the_ten_calls(name: str) -> None:
    same(told(PROVIDER, CALLS[name], SETTINGS), name)


@pytest.mark.parametrize("name", TEN)
def test_the_end_alone_tells_the_call(name: str) -> None:
    end = told(PROVIDER, CALLS[name][-1:], SETTINGS)

    assert (end.direction, end.caller, end.outcome, end.answered_by) == (
        TEN[name].direction,
        TEN[name].caller,
        TEN[name].outcome,
        TEN[name].answered_by,
    )
    assert end.talk == pytest.approx(TEN[name].talk, abs=1)


def test_times_are_moscows_whenever_the_notification_comes() -> None:
    late = [Sent(one.after + 40, one.path, body=one.body) for one in CALLS["answered"]]

    found = told(PROVIDER, late, SETTINGS)

    assert (found.started_at, found.wait) == (START, 7)


def test_whoever_is_called_outside_is_told_by_his_number() -> None:
    mobile = {"employee_phone_number": "79031505050"}
    sent = [note(0, "in"), note(7, "talk", **mobile), note(9, "end", **mobile, talk_time_duration="2")]

    assert told(PROVIDER, sent, SETTINGS).answered_by == "+79031505050"


@pytest.mark.parametrize(
    "sent",
    [
        note(0, "record", **IVAN),
        note(0, "", **IVAN),
        note(0, "end", call_session_id=""),
        note(0, "out", **{**OUT, "employee_full_name": "Неизвестный"}),
        Sent(0, query="cdr_id=123&numa=74952345678&numb=74951234567", method="GET"),
    ],
)
def test_what_is_no_step_of_a_call_is_none(sent: Sent) -> None:
    assert PROVIDER.events(records(PROVIDER, [sent], SETTINGS)[0]) == ()


@pytest.mark.parametrize(
    "fields", [{"notification_time": "yesterday"}, {"talk_time_duration": "nan"}, {"direction": ""}]
)
def test_a_field_that_cannot_be_read_costs_that_field_only(fields: dict[str, str]) -> None:
    assert told(PROVIDER, [note(9, "end", **IVAN, **fields)], SETTINGS).ended_at is not None


@given(st.data(), st.sampled_from(sorted(CALLS)))
def test_any_order_and_any_repeats_give_the_same_call(data: st.DataObject, name: str) -> None:
    heard = records(PROVIDER, CALLS[name], SETTINGS)
    shuffled = data.draw(st.permutations(heard + data.draw(st.lists(st.sampled_from(heard), max_size=4))))

    assert folded(PROVIDER, shuffled) == folded(PROVIDER, heard)


@given(st.lists(st.sampled_from([one for sent in CALLS.values() for one in sent]), max_size=12), st.binary(max_size=40))
def test_no_story_of_notifications_breaks_the_fold(sent: list[Sent], debris: bytes) -> None:
    broken = [Sent(1, one.path, body=one.body[: len(debris) * 9] + debris) for one in sent]

    call = folded(PROVIDER, records(PROVIDER, [*sent, *broken], SETTINGS))

    assert bool(call.steps) or not sent
