"""What events of Telphin's extensions make of a call, in any order, however often, and with some of them lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.telphin import BEGUN, MENU, came, event, full, menu_ends
from tests.pbx.ten_calls import CALLED, CLIENT, START, TEN, Sent, folded, records, same, told
from trunkline.calls.missed import WhyMissed
from trunkline.pbx.telphin import PROVIDER

SETTINGS = {"menus": "099, 200"}
OUT = {"CallFlow": "out", "CallerExtension": full("101"), "CallerIDNum": "101", "CalledNumber": CALLED[1:]}
INSIDE_OUT = {**OUT, "CalledNumber": "102"}
INSIDE_IN = came("102", "101", CallerIDNum="2566*101", CalledDID="")

CALLS = {
    "answered": [
        BEGUN,
        event(1, "dial-in", "CALLING", **came("102")),
        event(7, "answer", "ANSWER", **came("102")),
        event(67, "hangup", "ANSWER", **came("102", BridgedDuration="60000000")),
        menu_ends(67, "yes"),
    ],
    "missed": [
        BEGUN,
        event(1, "dial-in", "CALLING", **came("101")),
        event(31, "hangup", "NOANSWER", **came("101")),
        menu_ends(31, "no"),
    ],
    "busy": [BEGUN, event(1, "hangup", "BUSY", **came("101")), menu_ends(3, "no")],
    "transferred": [
        BEGUN,
        event(1, "dial-in", "CALLING", **came("101")),
        event(5, "answer", "ANSWER", **came("101")),
        event(39.5, "dial-in", "CALLING", **came("102", "101", RemoteNumber=CLIENT, CallerIDNum="101")),
        event(40, "hangup", "ANSWER", **came("101", BridgedDuration="35000000")),
        event(40, "answer", "ANSWER", **came("102", "101", RemoteNumber=CLIENT, CallerIDNum="101")),
        event(95, "hangup", "ANSWER", **came("102", "101", RemoteNumber=CLIENT, BridgedDuration="55000000")),
        menu_ends(95, "yes"),
    ],
    "outgoing": [
        event(0, "dial-out", "CALLING", **OUT),
        event(12, "answer", "ANSWER", **OUT),
        event(42, "hangup", "ANSWER", **OUT, Duration="42000000", BridgedDuration="30000000"),
    ],
    "outgoing unanswered": [event(0, "dial-out", "CALLING", **OUT), event(25, "hangup", "NOANSWER", **OUT)],
    "group": [
        BEGUN,
        event(1, "dial-in", "CALLING", **came("101", "200")),
        event(1.1, "dial-in", "CALLING", **came("102", "200")),
        event(9, "answer", "ANSWER", **came("102", "200")),
        event(9.1, "hangup", "CANCEL", **came("101", "200")),
        event(54, "hangup", "ANSWER", **came("102", "200", BridgedDuration="45000000")),
        menu_ends(54, "yes"),
    ],
    "abandoned": [
        BEGUN,
        event(1, "dial-in", "CALLING", **came("101")),
        event(9, "hangup", "CANCEL", **came("101")),
        menu_ends(9, "no"),
    ],
    "spam refused": [BEGUN, menu_ends(2, "no")],
    "internal": [
        event(0, "dial-out", "CALLING", **INSIDE_OUT),
        event(0.2, "dial-in", "CALLING", **INSIDE_IN),
        event(4, "answer", "ANSWER", **INSIDE_IN),
        event(4, "answer", "ANSWER", **INSIDE_OUT),
        event(24, "hangup", "ANSWER", **INSIDE_IN, BridgedDuration="20000000"),
        event(24, "hangup", "ANSWER", **INSIDE_OUT, BridgedDuration="20000000"),
    ],
}
LOSSES = [
    (name, lost) for name in ("answered", "outgoing", "group", "internal") for lost in range(len(CALLS[name]) - 1)
]


@pytest.mark.parametrize("name", TEN)
def test_the_ten_calls(name: str) -> None:
    same(told(PROVIDER, CALLS[name], SETTINGS), name)


@pytest.mark.parametrize(("name", "lost"), LOSSES)
def test_one_lost_event_changes_neither_who_answered_nor_for_how_long(name: str, lost: int) -> None:
    found = told(PROVIDER, [one for place, one in enumerate(CALLS[name]) if place != lost], SETTINGS)

    assert (found.direction, found.answered_by) == (TEN[name].direction, TEN[name].answered_by)
    assert found.talk == pytest.approx(TEN[name].talk, abs=1)


def test_a_call_that_passes_no_menu_ends_with_its_telephone() -> None:
    direct = came("101", "000")
    sent = [
        event(0, "dial-in", "CALLING", **direct),
        event(5, "answer", "ANSWER", **direct),
        event(15, "hangup", "ANSWER", **direct),
    ]
    found = told(PROVIDER, sent, {})

    assert (found.answered_by, found.caller, found.ended_at) == ("101", CLIENT, START + 15_000_000)
    assert found.talk == pytest.approx(10, abs=1)


def test_why_nobody_answered() -> None:
    assert told(PROVIDER, CALLS["busy"], SETTINGS).missed_why is WhyMissed.BUSY
    assert told(PROVIDER, CALLS["missed"], SETTINGS).missed_why is WhyMissed.NO_ANSWER


@pytest.mark.parametrize(
    "sent",
    [
        event(0, "message-in", "", **came("101")),
        event(0, "dial-out", "CALLING", **OUT, Transfered="yes"),
        event(0, "dial-out", "CALLING", CallFlow="out", CallerIDNum="+79160000004"),
        event(0, "call_interactive", "ANSWER", **came(MENU)),
        Sent(0, body=b"EventType=answer"),
    ],
)
def test_what_is_no_step_of_a_call_is_none(sent: Sent) -> None:
    assert PROVIDER.events(records(PROVIDER, [sent], SETTINGS)[0]) == ()


@pytest.mark.parametrize("fields", [{"EventTime": "9" * 400}, {"EventTime": "x"}, {"BridgedDuration": "inf"}])
def test_a_field_that_cannot_be_read_costs_that_field_only(fields: dict[str, str]) -> None:
    sent = event(9, "hangup", "ANSWER", **{**OUT, **fields})

    assert told(PROVIDER, [sent], SETTINGS).ended_at is not None


@given(st.data(), st.sampled_from(sorted(CALLS)))
def test_any_order_and_any_repeats_give_the_same_call(data: st.DataObject, name: str) -> None:
    heard = records(PROVIDER, CALLS[name], SETTINGS)
    shuffled = data.draw(st.permutations(heard + data.draw(st.lists(st.sampled_from(heard), max_size=4))))

    assert folded(PROVIDER, shuffled) == folded(PROVIDER, heard)


@given(st.lists(st.sampled_from([one for sent in CALLS.values() for one in sent]), max_size=12), st.binary(max_size=40))
def test_no_story_of_events_breaks_the_fold(sent: list[Sent], debris: bytes) -> None:
    broken = [Sent(1, body=one.body[: len(debris) * 9] + debris) for one in sent]

    assert bool(folded(PROVIDER, records(PROVIDER, [*sent, *broken], SETTINGS)).steps) or not sent
