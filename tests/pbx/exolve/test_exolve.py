"""MTS Exolve: the question, its reply and the call events, each marked by its source; what they make of calls."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pbx.hooks.heard import (
    BEGAN,
    CLIENT,
    LINE,
    Row,
    as_json,
    assert_row,
    call_of,
    cuts,
    record,
    request,
    row_of,
)
from trunkline.calls.call import Call
from trunkline.pbx.exolve import PROVIDER
from trunkline.pbx.hooks.port import Account, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.refusal import refusal_of
from trunkline.pbx.port import Action, Decision, Question

ACCOUNT = Account(
    "cloud",
    {
        "fallback": "79160000001, +79160000002",
        "numbers": {"101": "883140000001", "102": "883140000002", "sales": "883140000001,883140000002"},
        "more": {"masking": "Y"},
    },
)
# §1.5 [O]: the three fields; [T]: JSON-RPC around them
FIELDS = {"sip_id": LINE, "numberA": CLIENT, "call_sid": "s-1"}
ASKED: dict[str, Any] = {"id": "7", "jsonrpc": "2.0", "method": "getControlCallFollowMe", "params": FIELDS}
Timed = Sequence[tuple[float, dict[str, Any]]]


def said(decision: Decision | None, fields: dict[str, Any] = ASKED) -> dict[str, Any]:
    reply = PROVIDER.reply(decision, request(as_json(fields)), ACCOUNT)
    assert (reply.status, reply.content_type) == (200, "application/json")
    told: dict[str, Any] = msgspec.json.decode(reply.body)
    return told


def rung(decision: Decision | None) -> tuple[int, int, list[tuple[str, int]]]:
    result = said(decision)["result"]
    count, entries = result["followme_struct"]
    return result["redirect_type"], count, [(one["REDIRECT_NUMBER"], one["TIMEOUT"]) for one in entries]


class TestQuestion:
    @pytest.mark.parametrize(
        "fields",
        [
            ASKED,
            FIELDS,  # §1.5 [O]: at the top
            ASKED | {"params": {"sip_id": LINE, "numberA": CLIENT, "h323_conf_id": "s-1"}},  # [T], older
        ],
    )
    def test_it_is_a_question(self, fields: dict[str, Any]) -> None:
        asked = request(as_json(fields))

        assert PROVIDER.verify(asked, ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(asked, ACCOUNT) == Question("cloud", "s-1", f"+{CLIENT}", f"+{LINE}")
        assert PROVIDER.name_of(asked) == "getControlCallFollowMe"

    def test_one_number(self) -> None:  # [T]: five public programs
        decision = Decision(Action.EXTENSION, "sticky", target="101", ring_seconds=20, caller_name="Иванов")

        assert said(decision) == {
            "id": "7",
            "jsonrpc": "2.0",
            "sip_id": LINE,
            "result": {
                "masking": "Y",
                "redirect_type": 1,
                "followme_struct": [
                    1,
                    [
                        {
                            "I_FOLLOW_ORDER": 1,
                            "ACTIVE": True,
                            "NAME": "883140000001",
                            "REDIRECT_NUMBER": "883140000001",
                            "PERIOD": "always",
                            "PERIOD_DESCRIPTION": "always",
                            "TIMEOUT": 20,
                        }
                    ],
                ],
            },
        }

    @pytest.mark.parametrize(
        ("decision", "reply"),
        [
            # §1.5 [O]: 3 rings several at once
            (
                Decision(Action.QUEUE, "plan", target="sales", wait_seconds=45),
                (3, 2, [("883140000001", 45), ("883140000002", 45)]),
            ),
            (
                Decision(Action.TARGETS, "plan", targets=("102", "109", "101"), ring_seconds=15),
                (3, 2, [("883140000002", 15), ("883140000001", 15)]),
            ),
            (Decision(Action.NUMBER, "mobile", target="+79161112233", ring_seconds=25), (1, 1, [("79161112233", 25)])),
        ],
    )
    def test_what_is_rung(self, decision: Decision, reply: tuple[int, int, list[tuple[str, int]]]) -> None:
        assert rung(decision) == reply

    @pytest.mark.parametrize(
        "decision",
        [
            None,
            Decision(Action.DEFAULT, "default"),
            Decision(Action.REJECT, "spam"),
            Decision(Action.CHALLENGE, "spam", target="7"),
            Decision(Action.EXTENSION, "sticky", target="109", ring_seconds=5),
            Decision(Action.NUMBER, "mobile", target="+79161112233", confirm=True),
        ],
    )
    def test_what_cannot_be_said_rings_the_fallback(self, decision: Decision | None) -> None:
        assert rung(decision) == (3, 2, [("79160000001", 30), ("79160000002", 30)])

    @pytest.mark.parametrize(("sent", "back"), [(4, 4), ("x", "x"), ({"a": 1}, 1), (None, 1), ("x" * 300, 1)])
    def test_the_id_comes_back(self, sent: object, back: object) -> None:
        assert said(None, ASKED | {"id": sent})["id"] == back

    def test_cut_bytes_get_an_error_of_json_rpc(self) -> None:
        for cut in cuts(as_json(ASKED)):
            asked = request(cut)
            refused = refusal_of(PROVIDER, PROVIDER.verify(asked, ACCOUNT), asked, ACCOUNT)

            assert (refused.status, msgspec.json.decode(refused.body)["error"]["code"]) == (400, -32700)
            assert msgspec.json.decode(PROVIDER.reply(None, asked, ACCOUNT).body)["result"]["redirect_type"] == 3
            assert PROVIDER.events(record(PROVIDER, 0, cut)) == ()

    def test_deliveries_of_one_thing_have_one_key(self) -> None:
        told = [ASKED, ASKED | {"id": "8"}, {"type": "s", "call_sid": "s-1"}, {"type": "e", "call_sid": "s-1"}]
        keys = [PROVIDER.key(request(as_json(one))) for one in told]

        assert keys[0] == keys[1]
        assert len(set(keys)) == 3
        assert PROVIDER.key(request(as_json({}))) == ""


def event(kind: str, second: float, **more: object) -> tuple[float, dict[str, Any]]:
    """[T]: one public program names these fields."""
    at = (datetime.fromtimestamp(BEGAN / 1e6, UTC) + timedelta(seconds=second)).isoformat()
    return second, {"type": kind, "call_sid": "s-1", "from": CLIENT, "to": LINE, "date_time": at} | more


def metrics(second: float, talked: int) -> tuple[float, dict[str, Any]]:
    return event("d", second, duration=99_000, wait_time=9000, talk_time=talked * 1000, cause_code="16")


START = (0.0, ASKED)
IN = ("in", f"+{CLIENT}", f"+{LINE}")
ONE = Decision(Action.EXTENSION, "sticky", target="101", ring_seconds=20)
MOBILE = Decision(Action.NUMBER, "mobile", target="+79161112233", ring_seconds=20)
CALLS: dict[str, tuple[Decision, Timed, Row]] = {
    "answered": (
        ONE,
        [START, event("b", 0.1), event("s", 9), metrics(69, 60), event("e", 69)],
        Row(*IN, "answered", "101", 60),
    ),
    "answered on a mobile": (MOBILE, [START, event("s", 9), event("e", 39)], Row(*IN, "answered", "+79161112233", 30)),
    "missed": (ONE, [START, metrics(25, 0), event("e", 25)], Row(*IN, "missed")),
    "the answer was lost": (ONE, [START, metrics(69, 60), event("e", 69)], Row(*IN, "answered", "101", 60)),
}


def records(decision: Decision, told: Timed) -> list[HookRecord]:
    answered = PROVIDER.reply(decision, request(as_json(ASKED)), ACCOUNT).body.decode()
    return [
        msgspec.structs.replace(
            record(PROVIDER, at, as_json(one), ACCOUNT.settings), answered=answered if one is ASKED else "{}"
        )
        for at, one in told
    ]


def call(name: str) -> Call:
    decision, told, _ = CALLS[name]
    return call_of(PROVIDER, records(decision, told))


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    assert_row(call(name), CALLS[name][2])


def test_of_several_nobody_tells_who_answers() -> None:
    several = Decision(Action.QUEUE, "plan", target="sales")
    told = call_of(PROVIDER, records(several, CALLS["answered"][1]))

    assert row_of(told).outcome == "answered"
    assert row_of(told).answered_by not in {"101", "102"}


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_any_order_and_repeats_make_the_same_call(name: str, data: st.DataObject) -> None:
    decision, told, row = CALLS[name]
    heard = records(decision, told)
    shuffled = data.draw(st.permutations([*heard, *data.draw(st.lists(st.sampled_from(heard), max_size=3))]))

    assert_row(call_of(PROVIDER, shuffled), row)


@given(st.data())
def test_lost_events_never_break_a_call(data: st.DataObject) -> None:
    decision, told, row = CALLS[data.draw(st.sampled_from(sorted(CALLS)))]
    kept = data.draw(st.lists(st.sampled_from(told), min_size=1))

    assert row_of(call_of(PROVIDER, records(decision, kept))).outcome in {row.outcome, "ringing", "missed"}


def test_events_get_an_empty_object() -> None:
    told = request(as_json(event("s", 9)[1]))

    assert PROVIDER.verify(told, ACCOUNT) is Verdict.FITS
    assert PROVIDER.question(told, ACCOUNT) is None
    assert PROVIDER.reply(None, told, ACCOUNT).body == b"{}"
    assert PROVIDER.name_of(told) == "s"
