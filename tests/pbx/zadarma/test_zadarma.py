"""Zadarma's contract: each documented request and reply, each marked by its source."""

from typing import Any

import msgspec
import pytest

from tests.fakes.zadarma import SECRET, FakeCall, Sent, webhook
from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision, Next, Question
from trunkline.pbx.zadarma import PROVIDER
from trunkline.pbx.zadarma.signature import SIGNED, signature

ACCOUNT = Account(
    "cloud",
    {
        "places": {"sales": "0-1", "office": "0-7"},
        "sounds": {"vm-press-7": "64acf1c5", "closed": "5bb2"},
        "forwarding": "109",
    },
    {"secret": SECRET},
)
NOTHING = HookReply(b"", "text/plain")


def request(sent: Sent, query: str = "") -> HookRequest:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return HookRequest(query=query, headers=headers, body=sent.body)


def said(decision: Decision | None, sent: Sent | None = None) -> Any:
    reply = PROVIDER.reply(decision, request(sent or FakeCall().start_()), ACCOUNT)
    assert reply.status == 200
    return msgspec.json.decode(reply.body) if reply.body else {}


class TestSignature:
    # pbx.md §9: computed from the official algorithm
    TEXT = "79161234567" + "78123092398" + "2026-03-02 10:15:00"
    RIGHT = "Y2I0ZTg4YWQyNDk3ZDBmMjcwZDk4Nzc3MTZlMmZiMjFhYjA3MDZlOQ=="
    WRONG = "y06IrSSX0PJw2Yd3FuL7IasHBuk="  # the raw digest, the mistake many clients make

    @pytest.mark.parametrize(
        ("header", "verdict"),
        [
            (RIGHT, Verdict.FITS),
            (f" {RIGHT} ", Verdict.FITS),
            (WRONG, Verdict.FORGED),
            (RIGHT[:-4], Verdict.FORGED),
            ("ж", Verdict.FORGED),
            ("", Verdict.UNSIGNED),
        ],
    )
    def test_the_vectors(self, header: str, verdict: Verdict) -> None:
        fields = {"caller_id": "79161234567", "called_did": "78123092398", "call_start": "2026-03-02 10:15:00"}
        sent = Sent(webhook("NOTIFY_START", **fields).body, {"Signature": header})

        assert PROVIDER.verify(request(sent), Account("cloud", secrets={"secret": "secret"})) is verdict
        assert signature(self.TEXT, "secret") == self.RIGHT

    @pytest.mark.parametrize("event", sorted(SIGNED))
    def test_every_event_is_signed_over_its_own_fields(self, event: str) -> None:  # user-api-v1 lib/Webhook
        fields = {name: f"{name}-1" for names in SIGNED.values() for name in names}

        assert PROVIDER.verify(request(webhook(event, **fields)), ACCOUNT) is Verdict.FITS
        assert PROVIDER.verify(request(webhook(event, secret="other", **fields)), ACCOUNT) is Verdict.FORGED

    def test_an_event_nobody_documented_is_taken_with_any_of_the_strings(self) -> None:  # pbx.md §1.1 [T]
        sent = webhook("NOTIFY_INTERNAL_END", caller_id="1", called_did="2", call_start="3", pbx_call_id="in_1")

        assert PROVIDER.verify(request(sent), ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(request(sent), ACCOUNT) is None

    def test_two_secrets_live_while_one_is_replaced(self) -> None:
        both = Account("cloud", secrets={"secret": "new", "secret_before": SECRET})

        assert PROVIDER.verify(request(FakeCall().start_()), both) is Verdict.FITS
        assert PROVIDER.verify(request(FakeCall().start_()), Account("cloud")) is Verdict.FORGED

    def test_nothing_signed_proves_nothing(self) -> None:
        assert PROVIDER.verify(request(webhook("NOTIFY_START")), ACCOUNT) is Verdict.FORGED
        assert PROVIDER.verify(HookRequest(body=b"x=1"), ACCOUNT) is Verdict.UNREADABLE


@pytest.mark.parametrize(("query", "body"), [("zd_echo=a7+b", b""), ("", b"zd_echo=a7+b")])
def test_the_echo_comes_back_as_it_was_sent(query: str, body: bytes) -> None:  # official PHP; JS client 1.1.2
    reply = PROVIDER.greet(HookRequest(query=query, body=body))

    assert reply == HookReply(b"a7 b", "text/plain")
    assert PROVIDER.greet(request(FakeCall().start_())) is None


class TestQuestion:
    def test_a_start_asks(self) -> None:
        asked = PROVIDER.question(request(FakeCall().start_()), ACCOUNT)

        assert asked == Question("cloud", FakeCall().call, "+79160000004", "+74951234567")

    @pytest.mark.parametrize(
        "fields",
        [
            {"wait_dtmf[name]": "spam", "wait_dtmf[digits]": "7"},
            {"wait_dtmf": '{"name":"spam","digits":7,"default_behaviour":0}'},
        ],
    )
    def test_the_digit_comes_back_however_it_is_written(self, fields: dict[str, str]) -> None:  # pbx.md §1.1
        sent = webhook("NOTIFY_IVR", caller_id="79160000004", called_did="1", pbx_call_id="in_1", **fields)
        asked = PROVIDER.question(request(sent), ACCOUNT)

        assert asked is not None
        assert asked.digits == "7"

    def test_what_only_tells_asks_nothing(self) -> None:
        for sent in (FakeCall().rings("101"), FakeCall().answers("101"), FakeCall().ends("busy", 0)):
            assert PROVIDER.question(request(sent), ACCOUNT) is None


@pytest.mark.parametrize(
    ("decision", "reply"),
    [
        # https://zadarma.com/ru/support/api/ and lib/Webhook/Request.php
        (
            Decision(Action.EXTENSION, "r", "101", ring_seconds=15, next=Next.ASK),
            {"redirect": "101", "return_timeout": 15},
        ),
        (
            Decision(Action.EXTENSION, "r", "101", ring_seconds=1, next=Next.ASK),
            {"redirect": "101", "return_timeout": 3},
        ),
        (Decision(Action.EXTENSION, "r", "101", ring_seconds=15), {"redirect": "101", "return_timeout": 0}),
        (
            Decision(Action.QUEUE, "r", "sales", wait_seconds=45, next=Next.ASK),
            {"redirect": "0-1", "return_timeout": 45},
        ),
        (Decision(Action.QUEUE, "r", "0-main"), {"redirect": "0-main", "return_timeout": 0}),
        (Decision(Action.TARGETS, "r", targets=("102", "103")), {"redirect": "102", "return_timeout": 0}),
        (
            Decision(Action.NUMBER, "r", "+74951112233", ring_seconds=20, next=Next.ASK),
            {"redirect": "109", "return_timeout": 20, "rewrite_forward_number": "+74951112233"},
        ),
        (Decision(Action.VOICEMAIL, "r", "office"), {"redirect": "0-7", "return_timeout": 0}),
        (Decision(Action.REJECT, "r"), {"redirect": "blacklist"}),
        (Decision(Action.PLAYBACK, "r", sound="closed"), {"ivr_play": "5bb2"}),
        (Decision(Action.DEFAULT, "r", caller_name="ООО Ромашка"), {"caller_name": "ООО Ромашка"}),
        (Decision(Action.QUEUE, "r", "unknown", caller_name="Иванов"), {"caller_name": "Иванов"}),
        (Decision(Action.DEFAULT, "r"), {}),
        (Decision(Action.NUMBER, "r", "+74951112233", confirm=True), {}),
        (Decision(Action.PLAYBACK, "r", sound="other"), {}),
        (None, {}),
    ],
)
def test_every_decision_has_its_reply(decision: Decision | None, reply: dict[str, Any]) -> None:
    assert said(decision) == reply


@pytest.mark.parametrize(
    ("sound", "digit", "asks"),
    [("vm-press", "7", {"ivr_play": "64acf1c5"}), ("vm-press", "3", {"ivr_saydigits": 3, "language": "ru"})],
)
def test_the_challenge_waits_for_one_digit(sound: str, digit: str, asks: dict[str, Any]) -> None:
    reply = said(Decision(Action.CHALLENGE, "spam", digit, sound=sound, next=Next.ASK))

    waits = {"timeout": 5, "attempts": 2, "maxdigits": 1, "name": "spam", "default": "hangup"}
    assert reply == asks | {"wait_dtmf": waits}


def test_who_was_asked_already_is_hung_up_and_not_blacklisted() -> None:
    assert said(Decision(Action.REJECT, "challenge_failed"), FakeCall().ivr("3")) == {"hangup": 1}


def test_nothing_known_is_an_empty_body() -> None:
    assert PROVIDER.reply(None, request(FakeCall().rings("101")), ACCOUNT) == NOTHING


def test_repeats_have_one_key_and_other_events_another() -> None:
    call = FakeCall()
    sent = [call.start_(), call.rings("101"), call.rings("102"), call.answers("101"), call.ivr("3"), call.ivr("7")]
    keys = [PROVIDER.key(request(one)) for one in sent]

    assert len(set(keys)) == len(sent)
    assert keys == [PROVIDER.key(request(one)) for one in sent]
    assert PROVIDER.key(HookRequest()) == ""
