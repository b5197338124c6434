"""MTS Autosecretary 2.0: the three events that were seen, HTTP Basic, and what they make of calls (pbx.md §1.5 [T])."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pbx.hooks.heard import BEGAN, Row, as_json, assert_row, call_of, cuts, record, request, row_of
from trunkline.calls.call import Call
from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.refusal import refusal_of
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.times import iso_time
from trunkline.pbx.mts import PROVIDER
from trunkline.pbx.port import Action, Decision

CLIENT, STAFF, LINE = "9198896688", "9109136612", "9807100241"
# §1.5 [T]: as it was sent to another client of the events
ACCEPTED: dict[str, Any] = {
    "ServiceType": 7,
    "CallID": 75317940442,
    "Domain": "9807100241.RU",
    "EventType": "CallAccepted",
    "EventTime": "2025-11-27T13:49:40+03:00",
    "From": {"ANI": CLIENT},
    "To": {"DNIS": STAFF, "Virtual": "110", "TrunkId": LINE},
}
REAL = [
    ACCEPTED,
    ACCEPTED | {"EventType": "CallAnswered", "EventTime": "2025-11-27T13:49:49.5970279+03:00"},
    ACCEPTED | {"EventType": "EndCall", "CallResult": "2", "EventTime": "2025-11-27T13:50:23.2814344+03:00"},
]
ACCOUNT = Account("cloud", {"login": "events"}, {"password": "пароль:1"})
NOTHING = HookReply(b"", "text/plain")
Timed = Sequence[tuple[float, dict[str, Any]]]


def basic(login: str = "events", password: str = "пароль:1") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


def event(kind: str, second: float, virtual: str = "110", **more: Any) -> tuple[float, dict[str, Any]]:
    at = datetime.fromtimestamp(BEGAN / 1e6, UTC) + timedelta(seconds=second)
    to = {"DNIS": STAFF, "Virtual": virtual, "TrunkId": LINE}
    return second, ACCEPTED | {"EventType": kind, "EventTime": at.isoformat(), "To": to} | more


OUT: dict[str, Any] = {"From": {"ANI": STAFF, "Virtual": "110"}, "To": {"DNIS": CLIENT, "TrunkId": LINE}}
LOCAL: dict[str, Any] = {"From": {"ANI": STAFF, "Virtual": "110"}}
UNROUTED: dict[str, Any] = {"To": {"DNIS": LINE, "TrunkId": LINE}}
IN = ("in", f"+7{CLIENT}", f"+7{LINE}")
CALLS: dict[str, tuple[Timed, Row]] = {
    "answered": (
        [event("CallAccepted", 0), event("CallAnswered", 9.6), event("EndCall", 43.3)],
        Row(*IN, "answered", "110", 33.7),
    ),
    "missed": ([event("CallAccepted", 0), event("EndCall", 25)], Row(*IN, "missed")),
    "abandoned before anybody is rung": (
        [event("CallAccepted", 0, **UNROUTED), event("EndCall", 4, **UNROUTED)],
        Row(*IN, "missed"),
    ),
    "group": (
        [
            event("CallAccepted", 0, "110"),
            event("CallAccepted", 0.1, "111"),
            event("CallAnswered", 7, "111"),
            event("EndCall", 27, "111"),
        ],
        Row(*IN, "answered", "111", 20),
    ),
    "outgoing": (
        [event("CallAccepted", 0, **OUT), event("CallAnswered", 5, **OUT), event("EndCall", 35, **OUT)],
        Row("out", f"+7{CLIENT}", f"+7{CLIENT}", "answered", f"+7{CLIENT}", 30),
    ),
    "outgoing unanswered": (
        [event("CallAccepted", 0, **OUT), event("EndCall", 20, **OUT)],
        Row("out", f"+7{CLIENT}", f"+7{CLIENT}", "missed"),
    ),
    "internal": (
        [
            event("CallAccepted", 0, "111", **LOCAL),
            event("CallAnswered", 3, "111", **LOCAL),
            event("EndCall", 13, "111", **LOCAL),
        ],
        Row("internal", "", "111", "answered", "111", 10),
    ),
    "without its beginning": (
        [event("CallAnswered", 9.6), event("EndCall", 43.3)],
        Row(*IN, "answered", "110", 33.7),
    ),
}


def records(told: Timed) -> list[HookRecord]:
    return [record(PROVIDER, at, as_json(one)) for at, one in told]


def call(told: Timed) -> Call:
    return call_of(PROVIDER, records(told))


class TestContract:
    @pytest.mark.parametrize("fields", REAL)
    def test_it_is_taken_and_gets_an_empty_200(self, fields: dict[str, Any]) -> None:
        told = request(as_json(fields), headers=basic())
        decision = Decision(Action.EXTENSION, "sticky", target="101")

        assert PROVIDER.verify(told, ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(told, ACCOUNT) is None
        assert PROVIDER.reply(None, told, ACCOUNT) == PROVIDER.reply(decision, told, ACCOUNT) == NOTHING
        assert (PROVIDER.name_of(told), PROVIDER.call_of(told)) == (fields["EventType"], "75317940442")

    @pytest.mark.parametrize(
        ("headers", "verdict"),
        [
            (basic(), Verdict.FITS),
            ({"authorization": basic()["authorization"].replace("Basic", "basic ")}, Verdict.FITS),
            (basic(password="other"), Verdict.FORGED),
            (basic(login="other"), Verdict.FORGED),
            ({"authorization": "Basic не-base64"}, Verdict.FORGED),
            ({"authorization": "Bearer x"}, Verdict.FORGED),
            ({"authorization": " "}, Verdict.UNSIGNED),
            ({}, Verdict.UNSIGNED),
        ],
    )
    def test_the_password(self, headers: dict[str, str], verdict: Verdict) -> None:
        told = request(as_json(ACCEPTED), headers=headers)

        assert PROVIDER.verify(told, ACCOUNT) is verdict
        assert refusal_of(PROVIDER, Verdict.FORGED, HookRequest(), ACCOUNT).status == 401

    def test_two_passwords_live_while_one_is_replaced(self) -> None:
        both = Account("cloud", {"login": "events"}, {"password": "new", "password_before": "пароль:1"})
        told = request(as_json(ACCEPTED), headers=basic())

        assert PROVIDER.verify(told, both) is Verdict.FITS
        assert PROVIDER.verify(told, Account("cloud", {"login": "events"})) is Verdict.FORGED

    def test_cut_bytes_never_raise(self) -> None:
        for cut in cuts(as_json(REAL[2])):
            told = request(cut, headers=basic())
            assert PROVIDER.verify(told, ACCOUNT) is Verdict.UNREADABLE
            assert PROVIDER.reply(None, told, ACCOUNT) == NOTHING
            assert PROVIDER.events(record(PROVIDER, 0, cut)) == ()
        assert refusal_of(PROVIDER, Verdict.UNREADABLE, HookRequest(), ACCOUNT).status == 400

    def test_deliveries_of_one_thing_have_one_key(self) -> None:
        keys = [PROVIDER.key(request(as_json(one))) for one in (*REAL, ACCEPTED | {"ServiceType": 1})]

        assert keys[0] == keys[3]
        assert len(set(keys)) == 3
        assert PROVIDER.key(request(as_json({}))) == ""


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2025-11-27T13:49:49.5970279+03:00", 1_764_240_589_597_027),  # §1.5 [M]: seven digits
        ("2025-11-27T10:49:49Z", 1_764_240_589_000_000),
        ("2025-11-27T13:49:49", None),
        ("вчера", None),
        ("", None),
    ],
)
def test_times(text: str, micros: int | None) -> None:
    assert iso_time(text) == micros


def test_the_call_that_was_seen() -> None:
    seen = 1_764_240_581_000_000 - BEGAN
    told = call_of(PROVIDER, [record(PROVIDER, seen / 1e6 + at, as_json(one)) for at, one in enumerate(REAL)])

    assert_row(told, Row(*IN, "answered", "110", 33.7))


def test_a_clock_that_is_days_off_is_not_believed() -> None:
    told = [(at, one | {"EventTime": "2001-01-01T00:00:00+03:00"}) for at, one in CALLS["answered"][0]]

    assert_row(call(told), CALLS["answered"][1])


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_any_order_delay_and_repeat_make_the_same_call(name: str, data: st.DataObject) -> None:
    told, row = CALLS[name]
    again = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=3))]))
    late = data.draw(st.lists(st.floats(0, 3600), min_size=len(again), max_size=len(again)))

    assert_row(call(told), row)
    assert_row(call([(at + more, one) for (at, one), more in zip(again, late, strict=True)]), row)


@given(st.data())
def test_lost_events_never_break_a_call(data: st.DataObject) -> None:
    told, row = CALLS[data.draw(st.sampled_from(sorted(CALLS)))]
    kept = data.draw(st.lists(st.sampled_from(told), min_size=1))

    assert row_of(call(kept)).outcome in {row.outcome, "ringing", "missed"}
