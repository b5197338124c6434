"""AMI frames and CEL rows as call events: the table row by row, and what is no part of a story."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.calls import what as w
from trunkline.calls.events import Source
from trunkline.calls.what import AnyWhat, TransferKind
from trunkline.pbx.asterisk.headers import age, micros
from trunkline.pbx.asterisk.messages import TOLD_BY, events_of

CHANNEL = {
    "Channel": "PJSIP/101-0000002a",
    "ChannelState": "6",
    "CallerIDNum": "101",
    "CallerIDName": "<unknown>",
    "ConnectedLineNum": "<unknown>",
    "Context": "agents",
    "Exten": "102",
    "Uniqueid": "1700000000.7",
    "Linkedid": "1700000000.5",
}
DEST = {"Dest" + key: value for key, value in CHANNEL.items()} | {
    "DestChannel": "PJSIP/102-0000002b",
    "DestUniqueid": "1700000000.8",
    "DestCallerIDNum": "102",
}


def frame(name: str, *headers: dict[str, str], stamp: str = "1700000001.000250", **more: str) -> bytes:
    fields = {"Event": name, "Timestamp": stamp}
    for part in (*headers, more):
        fields |= part
    return "\r\n".join(f"{key}: {value}" for key, value in fields.items()).encode()


def whats(*args: dict[str, str] | str, **more: str) -> list[AnyWhat]:
    name, *headers = args
    assert isinstance(name, str)
    return [event.what for event in events_of("main", frame(name, *headers, **more), 0)]  # type: ignore[arg-type]  # only the first is a str


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("Newchannel", {}, w.LegStarted(number="101", exten="102", context="agents")),
        (
            "Newchannel",
            {"Linkedid": "1700000000.7"},
            w.CallStarted(number="101", exten="102", context="agents"),
        ),
        ("Newstate", {"ChannelState": "5"}, w.Ringing()),
        ("Newstate", {"ChannelState": "6"}, w.Answered()),
        ("NewCallerid", {"CallerIDName": "Анна"}, w.Named(number="101", name="Анна")),
        ("UserEvent", {"UserEvent": "TrunklineLine", "Line": "+74951234567"}, w.Named(exten="+74951234567")),
        (
            "DialBegin",
            DEST | {"DialString": "102"},
            w.Dialed(to="1700000000.8", channel="PJSIP/102-0000002b", number="102", string="102"),
        ),
        ("DialEnd", DEST | {"DialStatus": "BUSY"}, w.DialEnded(to="1700000000.8", status="BUSY")),
        ("DialState", DEST | {"DialStatus": "RINGING"}, w.Ringing()),
        ("DialState", DEST | {"DialStatus": "PROGRESS"}, w.Progressed()),
        (
            "BridgeEnter",
            {"BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge"},
            w.Joined(bridge="b", technology="simple_bridge", number="101"),
        ),
        ("BridgeLeave", {"BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge"}, w.Left(bridge="b")),
        ("Hold", {}, w.Held()),
        ("Unhold", {}, w.Unheld()),
        ("HangupRequest", {"Cause": "16"}, w.HangupAsked(cause=16)),
        ("Hangup", {"Cause": "17"}, w.Ended(cause=17)),
        ("QueueCallerJoin", {"Queue": "sales", "Position": "2"}, w.Queued(queue="sales", position=2)),
        ("QueueCallerLeave", {"Queue": "sales"}, w.QueueLeft(queue="sales")),
        ("QueueCallerAbandon", {"Queue": "sales", "HoldTime": "9"}, w.Abandoned(queue="sales", waited=9)),
        (
            "BlindTransfer",
            {f"Transferer{key}": value for key, value in CHANNEL.items()} | {"Extension": "103", "Result": "Success"},
            w.Transferred(how=TransferKind.BLIND, result="Success", exten="103"),
        ),
    ],
)
def test_one_event_one_happening(name: str, more: dict[str, str], expected: AnyWhat) -> None:
    assert whats(name, CHANNEL, more) == [expected]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Newstate", {"ChannelState": "4"}),
        ("DialState", DEST | {"DialStatus": "PROCEEDING"}),
        ("BridgeEnter", {"BridgeUniqueid": "b", "BridgeTechnology": "holding_bridge"}),
        ("VarSet", {"Variable": "X", "Value": "1"}),
        ("RTCPSent", {}),
        ("Hangup", {"Linkedid": ""}),
        ("UserEvent", {"UserEvent": "TrunklineLine", "Line": "account17"}),
        ("UserEvent", {"UserEvent": "TrunklineLine", "Line": ""}),
        ("UserEvent", {"UserEvent": "Anybodys", "Line": "+74951234567"}),
    ],
)
def test_what_is_no_part_of_a_story(name: str, more: dict[str, str]) -> None:
    assert whats(name, CHANNEL, more) == []


def test_times_keep_their_microseconds_and_names_are_those_of_the_bytes() -> None:
    (event,) = events_of("main", frame("Hold", CHANNEL), 7)
    assert (event.at, event.leg, event.linkedid, event.source) == (
        1_700_000_001_000_250,
        "1700000000.7",
        "1700000000.5",
        Source.LIVE,
    )
    (again,) = events_of("main", frame("Hold", CHANNEL), 8)
    (later,) = events_of("main", frame("Hold", CHANNEL, stamp="1700000001.000251"), 8)
    assert event.step_id == again.step_id != later.step_id
    (untimed,) = events_of("main", frame("Hold", CHANNEL, stamp=""), 8)
    assert untimed.at == 8


def test_a_recording_is_told_beside_the_event_that_carries_it() -> None:
    entered, recorded = events_of(
        "main",
        frame("BridgeEnter", CHANNEL, BridgeUniqueid="b", ChanVariable="MIXMONITOR_FILENAME=/m/1.wav"),
        0,
    )
    assert recorded.what == w.Recorded(file="/m/1.wav")
    assert entered.step_id != recorded.step_id


def test_a_failed_transfer_moves_nobody() -> None:
    sides = {prefix + key: value for prefix in ("OrigTransferer", "SecondTransferer") for key, value in CHANNEL.items()}
    (only,) = whats("AttendedTransfer", sides, {"SecondTransfererLinkedid": "1700000000.6", "Result": "Fail"})
    assert isinstance(only, w.Transferred)
    assert (only.result, only.target) == ("Fail", "")


def test_the_older_call_goes_on_whichever_leg_the_transfer_came_by() -> None:
    prefixes = ("OrigTransferer", "SecondTransferer", "Transferee")
    sides = {prefix + key: value for prefix in prefixes for key, value in CHANNEL.items()}
    events = events_of(
        "main",
        frame("AttendedTransfer", sides, {"SecondTransfererLinkedid": "1700000000.4", "Result": "Success"}),
        0,
    )
    assert [(event.linkedid, type(event.what)) for event in events] == [
        ("1700000000.4", w.Transferred),
        ("1700000000.5", w.Merged),
    ]


def test_linkedids_are_ordered_by_age_not_by_their_letters() -> None:
    ids = ["1700000000.10", "1700000000.9", "pbx-1699999999.70", "by-hand"]
    assert sorted(ids, key=age) == ["pbx-1699999999.70", "1700000000.9", "1700000000.10", "by-hand"]


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [("1700000000.5", 1_700_000_000_500_000), ("1700000000", 1_700_000_000_000_000), ("", 0), ("soon.5", 0)],
)
def test_stamps(stamp: str, expected: int) -> None:
    assert micros(stamp) == expected


@pytest.mark.parametrize("extra", ["", "{", "[1]", '{"bridge_id": 7}'])
def test_a_row_of_the_journal_with_a_broken_extra_is_passed_over(extra: str) -> None:
    row = {"EventName": "BRIDGE_ENTER", "EventTime": "1.5", "UniqueID": "1.1", "LinkedID": "1.1", "Extra": extra}
    assert events_of("main", frame("CEL", row), 0) == ()


@given(name=st.sampled_from(sorted(TOLD_BY)), garbage=st.binary(max_size=300))
def test_no_bytes_break_the_table(name: str, garbage: bytes) -> None:
    for event in events_of("main", f"Event: {name}\r\nLinkedid: 1.1\r\n".encode() + garbage, 5):
        assert len(event.step_id) == 8
