"""Mango's contract: signature, question, command and what becomes of it, each marked by its source."""

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.mango import FORM, KEY, SALT, FakeCall, signed, webhook
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.commanding import Command, News, Result, Standing
from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.mango import PROVIDER
from trunkline.pbx.mango.envelope import signature
from trunkline.pbx.port import Action, Decision, Question

NOW = 1_786_006_800_500_000
KNOWN = {"key": KEY, "places": {"sales": "500", "office": "700"}}
ACCOUNT = Account("cloud", KNOWN, {"salt": SALT})
TAKEN = HookReply(b'{"success":true}')


def request(body: bytes, path: str = "events/call") -> HookRequest:
    return HookRequest(path=path, headers={"content-type": FORM}, body=body, received=NOW)


def told(said: dict[str, Any], path: str = "events/call") -> HookRequest:
    return request(webhook(said), path)


def commanded(decision: Decision, said: dict[str, Any] | None = None, account: Account = ACCOUNT) -> Command | None:
    return PROVIDER.command(decision, told(said or FakeCall().menu(0)), account, "c-1")


class TestSignature:
    @pytest.mark.parametrize(
        ("text", "vector"),
        [
            # pbx.md §1.3: the vector of mango-vpbx test/sign.spec.js for a link to a recording, with `expires` before
            # the id in the place of the json
            ("1525597727500Rofkdgl33fd=", "9867bfdc661049959450fbad35c10ef2a41120094bda492dd0f085ba4def7df0"),
            # pbx.md §1.3 [M]: what the package's second vector has to be; its own is of "[object Object]"
            (
                '{"command_id":"cmd-12532543651","from":{"extension":"101"},"to_number":"74952129298"}',
                "11fd9538c28f575bb72a7d342338d7f8d08b93a68f8ecf2ddb91961556a32afc",
            ),
        ],
    )
    def test_the_vectors(self, text: str, vector: str) -> None:
        body = urlencode({"vpbx_api_key": "123", "sign": vector, "json": text}).encode()
        account = Account("cloud", {"key": "123"}, {"salt": "789"})

        assert signature("123", text.encode(), "789") == vector
        assert PROVIDER.verify(request(body), account) is Verdict.FITS

    def test_it_is_of_the_bytes_and_not_of_what_they_say(self) -> None:
        spaced = '{"entry_id": "1",\n "name":"Щ+\\u0436 %"}'
        for text in (spaced, json.dumps(json.loads(spaced)), spaced + " "):
            right = f"vpbx_api_key={KEY}&sign={signed(text)}&json={quote(text)}".encode()
            other = f"vpbx_api_key={KEY}&sign={signed(spaced + '  ')}&json={quote(text)}".encode()

            assert PROVIDER.verify(request(right), ACCOUNT) is Verdict.FITS
            assert PROVIDER.verify(request(other), ACCOUNT) is Verdict.FORGED

    def test_bytes_that_are_no_text_are_signed_as_they_are(self) -> None:
        sign = hashlib.sha256(KEY.encode() + b"\xff\x00+" + SALT.encode()).hexdigest()

        assert PROVIDER.verify(request(f"sign={sign.upper()}&json=%FF%00%2B".encode()), ACCOUNT) is Verdict.FITS

    def test_of_doubled_fields_what_is_verified_is_what_is_read(self) -> None:
        doubled = webhook(FakeCall().menu(0)) + b"&json=" + quote('{"entry_id":"2"}').encode()

        assert PROVIDER.verify(request(doubled), ACCOUNT) is Verdict.FORGED
        assert PROVIDER.call_of(request(doubled)) == "2"

    @pytest.mark.parametrize(
        ("body", "verdict"),
        [
            (webhook({"entry_id": "1"}, salt="another"), Verdict.FORGED),
            (webhook({"entry_id": "1"}).replace(b"sign=", b"sign=0"), Verdict.FORGED),
            (b"json=%7B%7D&sign=%D0%B6", Verdict.FORGED),
            (b"json=%7B%7D", Verdict.UNSIGNED),
            (b"sign=1", Verdict.UNREADABLE),
            (b'{"entry_id":"1"}', Verdict.UNREADABLE),
            (b"", Verdict.UNREADABLE),
        ],
    )
    def test_what_does_not_fit(self, body: bytes, verdict: Verdict) -> None:
        assert PROVIDER.verify(request(body), ACCOUNT) is verdict

    def test_two_salts_live_while_one_is_replaced(self) -> None:
        sent = told(FakeCall().menu(0))

        assert PROVIDER.verify(sent, Account("c", {"key": KEY}, {"salt": "new", "salt_before": SALT})) is Verdict.FITS
        assert PROVIDER.verify(sent, Account("c", {"key": KEY})) is Verdict.FORGED
        assert PROVIDER.verify(sent, Account("c", {}, {"salt": SALT})) is Verdict.FORGED


class TestQuestion:
    @pytest.mark.parametrize("place", ["ivr", "queue", "abonent"])
    def test_a_caller_who_comes_to_a_line_asks(self, place: str) -> None:  # VPBX API 1.9, "Маршрутизация вызова"
        said = FakeCall().state(0, "1", "Appeared", place)

        assert PROVIDER.question(told(said), ACCOUNT) == Question(
            "cloud", FakeCall().entry, "+79160000004", "+74951234567"
        )

    def test_numbers_come_as_integers_and_location_misspelled(self) -> None:  # pbx.md §1.3
        said = FakeCall().menu(0) | {"from": {"number": 79160000004}, "to": {"number": 74951234567}}
        said["locaton"] = said.pop("location")

        asked = PROVIDER.question(told(said), ACCOUNT)
        assert asked is not None
        assert (asked.from_, asked.to) == ("+79160000004", "+74951234567")

    @pytest.mark.parametrize(
        "said",
        [
            FakeCall().menu(0, "Connected"),
            FakeCall().menu(0, "Disconnected"),
            FakeCall().queue(0, "Appeared"),  # it was taken from the menu's leg
            FakeCall().desk(0, "3", "Appeared", "101"),
            FakeCall().menu(0, command_id="c-1"),
            FakeCall().menu(0, callback_initiator="API"),
            FakeCall().menu(0) | {"from": {"extension": "101", "number": "sip:a"}},
            FakeCall().menu(0, entry_id=""),
            FakeCall().menu(0, call_id=None),
            FakeCall().state(0, "1", "Appeared", "abonent", to={"extension": "101"}),
        ],
    )
    def test_whatever_else_asks_nothing(self, said: dict[str, Any]) -> None:
        assert PROVIDER.question(told(said), ACCOUNT) is None
        assert PROVIDER.reply(None, told(said), ACCOUNT) == TAKEN

    def test_a_summary_asks_nothing(self) -> None:
        assert PROVIDER.question(told(FakeCall().summary(9, 1110), "events/summary"), ACCOUNT) is None


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        # VPBX API 1.9 §3.2.7
        (Decision(Action.EXTENSION, "r", "101"), {"to_number": "101"}),
        (Decision(Action.QUEUE, "r", "sales"), {"to_number": "500"}),
        (Decision(Action.QUEUE, "r", "501"), {"to_number": "501"}),
        (Decision(Action.TARGETS, "r", targets=("102", "103")), {"to_number": "102"}),
        (Decision(Action.NUMBER, "r", "+74951112233"), {"to_number": "74951112233"}),
        (Decision(Action.VOICEMAIL, "r", "office"), {"to_number": "700"}),
        (
            Decision(Action.EXTENSION, "r", "101", caller_name="Иванов И."),
            {"to_number": "101", "sip_headers": {"From/display-name": "Иванов И."}},
        ),
    ],
)
def test_a_decision_is_a_signed_command(decision: Decision, said: dict[str, Any]) -> None:
    command = commanded(decision)

    assert command is not None
    written = PROVIDER.written(command, ACCOUNT)
    assert (written.request.method, written.request.url) == ("POST", "https://app.mango-office.ru/vpbx/commands/route")
    sent = {name: values[0] for name, values in parse_qs(written.request.body.decode()).items()}
    assert json.loads(sent["json"]) == {"command_id": "c-1", "call_id": f"{FakeCall().entry}:1", **said}
    assert (sent["vpbx_api_key"], sent["sign"]) == (KEY, signed(sent["json"]))
    assert (command.call, command.leg, command.target) == (FakeCall().entry, f"{FakeCall().entry}:1", said["to_number"])
    assert SALT.encode() not in written.request.body + written.body
    assert signed(sent["json"]).encode() not in written.body
    kept = request(written.body, written.path)
    assert (PROVIDER.name_of(kept), PROVIDER.call_of(kept)) == ("commands/route", FakeCall().entry)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(Action.DEFAULT, "r", caller_name="Иванов"),
        Decision(Action.QUEUE, "r", "unknown"),
        Decision(Action.NUMBER, "r", "+74951112233", confirm=True),
        Decision(Action.CHALLENGE, "spam", "7"),
        Decision(Action.VOICEMAIL, "r", "spam"),
        Decision(Action.TARGETS, "r"),
    ],
)
def test_what_it_has_no_word_for_is_left_to_the_cabinet(decision: Decision) -> None:
    assert commanded(decision) is None


def test_a_caller_is_hung_up_before_a_menu_and_not_in_a_queue() -> None:  # VPBX API 1.9 §3.2.3
    refused = Decision(Action.REJECT, "spam")
    command = commanded(refused)

    assert command is not None
    assert PROVIDER.written(command, ACCOUNT).request.url.endswith("/vpbx/commands/call/hangup")
    assert command.target == ""
    assert commanded(refused, FakeCall().state(0, "1", "Appeared", "queue")) is None


@pytest.mark.parametrize("line", ["74957654321", "+74957654321"])
def test_no_command_is_spent_on_a_call_that_goes_there_by_itself(line: str) -> None:  # pbx.md §1.3
    usual, account = FakeCall(line="74957654321").menu(0), replace(ACCOUNT, settings={"usual": {line: "500"}, **KNOWN})

    assert commanded(Decision(Action.QUEUE, "r", "sales"), usual, account) is None
    assert commanded(Decision(Action.EXTENSION, "r", "101"), usual, account) is not None
    assert commanded(Decision(Action.QUEUE, "r", "sales")) is not None


def test_without_its_secret_nothing_is_commanded() -> None:
    decision = Decision(Action.EXTENSION, "r", "101")

    assert commanded(decision, account=Account("cloud", {"key": KEY})) is None
    assert commanded(decision, account=Account("cloud", {}, {"salt": SALT})) is None


def test_who_waits_in_a_queue_does_not_ring() -> None:
    decision = Decision(Action.EXTENSION, "r", "101")
    rings = [commanded(decision, FakeCall().state(0, "1", "Appeared", place)) for place in ("ivr", "queue", "abonent")]

    assert [one.rings for one in rings if one] == [True, False, True]


@pytest.mark.parametrize(
    ("said", "path", "news"),
    [
        (FakeCall().menu(0), "events/call", None),
        (FakeCall().menu(0, "Connected"), "events/call", None),
        (FakeCall().menu(5, "Disconnected"), "events/call", ("1", Standing.MOVED)),
        (FakeCall().desk(5, "3", "Connected", "101"), "events/call", ("", Standing.TALKS)),
        (FakeCall().summary(5, 1110), "events/summary", ("", Standing.OVER)),
    ],
)
def test_what_events_mean_for_commands(said: dict[str, Any], path: str, news: tuple[str, Standing] | None) -> None:
    entry = FakeCall().entry
    wanted = News(entry, news[0] and f"{entry}:{news[0]}", news[1]) if news else None

    assert PROVIDER.news(told(said, path)) == wanted


@pytest.mark.parametrize(
    ("said", "path", "result"),
    [
        # VPBX API 1.9 §3.2.7: the result comes as text; pbx.md §1.3 as a number
        ({"command_id": "c-1", "result": "1000"}, "result/route", Result("c-1", True, "1000")),
        ({"command_id": "c-1", "result": 4101}, "vpbx/result/route", Result("c-1", False, "4101")),
        ({"command_id": "c-1", "result": 1000}, "result/call/hangup/", Result("c-1", True, "1000")),
        ({"command_id": "c-1", "result": 1000}, "events/call", None),
    ],
)
def test_what_came_of_a_command(said: dict[str, Any], path: str, result: Result | None) -> None:
    assert PROVIDER.result(told(said, path)) == result


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        (ApiAnswer(200, b""), True),
        (ApiAnswer(200, b'{"result":1000}'), True),
        (ApiAnswer(200, b'{"result":"4101"}'), False),
        (ApiAnswer(400, b""), False),
        (ApiAnswer(401, b'{"result":1000}'), False),
    ],
)
def test_the_answer_to_a_command(answer: ApiAnswer, taken: bool) -> None:
    assert PROVIDER.taken(answer) is taken


def test_the_connection_is_tried_without_a_signature() -> None:
    assert PROVIDER.greet(request(b"", "ping")) == TAKEN
    assert PROVIDER.greet(told(FakeCall().menu(0))) is None


@pytest.mark.parametrize(
    ("said", "path", "name"),
    [
        (FakeCall().menu(0), "events/call", "call Appeared"),
        (FakeCall().summary(0, 1110), "events/summary", "summary"),
        ({"recording_state": "Completed"}, "events/recording", "recording Completed"),
        ({"recording_id": "1"}, "events/record/added", "record/added"),
        ({"dtmf": "12"}, "events/dtmf", "dtmf"),
        ({"result": 1000}, "result/route", "result/route 1000"),
        ({}, "somewhere", ""),
    ],
)
def test_each_event_has_a_name(said: dict[str, Any], path: str, name: str) -> None:
    assert PROVIDER.name_of(told(said, path)) == name


def test_repeats_have_one_key_and_other_events_another() -> None:
    call = FakeCall()
    sent = [told(call.menu(0)), told(call.menu(0)), told(call.menu(0, "Disconnected"))]
    keys = [PROVIDER.key(one) for one in sent]

    assert len(set(keys)) == 3
    assert keys == [PROVIDER.key(request(one.body)) for one in sent]
    assert PROVIDER.key(HookRequest()) == ""


_NAMES = ["entry_id", "call_id", "timestamp", "seq", "call_state", "location", "from", "to", "number", "extension"]
_NAMES += ["taken_from_call_id", "line_number", "talk_time", "end_time", "create_time", "disconnect_reason", "transfer"]
_WORDS = ["Appeared", "Connected", "OnHold", "Disconnected", "ivr", "queue", "abonent", "blind", "\0", "9" * 30, "-1"]
_VALUES = st.sampled_from(_WORDS) | st.integers() | st.floats() | st.none() | st.booleans() | st.text(max_size=9)
_SAID = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=8)
)


@given(_SAID, st.sampled_from(["events/call", "events/summary", "result/route", "events/dtmf", "x", "commands/route"]))
def test_nothing_that_is_signed_makes_it_raise(said: Any, path: str) -> None:
    sent = request(webhook(said), path)

    assert PROVIDER.verify(sent, ACCOUNT) is Verdict.FITS
    PROVIDER.question(sent, ACCOUNT)
    PROVIDER.command(Decision(Action.EXTENSION, "r", "101"), sent, ACCOUNT, "c-1")
    PROVIDER.news(sent)
    PROVIDER.result(sent)
    PROVIDER.name_of(sent)
    told_by(HookRecord("cloud", "mango", NOW, FORM, "POST", path, "", sent.body))
