"""The contract of MegaFon's family: documented requests, replies and errors, each marked by its source."""

import msgspec
import pytest

from tests.pbx.hooks.heard import CLIENT, FORM, LINE, as_json, cuts, form, request
from trunkline.pbx.hooks.port import Account, Verdict
from trunkline.pbx.hooks.refusal import refusal_of
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.megafon import PROVIDER
from trunkline.pbx.megafon.fields import MANDATORY
from trunkline.pbx.port import Action, Decision, Question

TOKEN = "key-for-the-crm"
ACCOUNT = Account("cloud", {"logins": {"101": "admin", "102": "ivanov"}}, {"token": TOKEN})
# pbx.md §1.4 [O]: the vendor's own example of cmd=contact
CONTACT = {
    "cmd": "contact",
    "phone": CLIENT,
    "callid": "28187487-edcf-4d23-9f95-c8591fbd9936",
    "diversion": LINE,
    "crm_token": TOKEN,
}
COMMANDS = {
    "contact": CONTACT,
    "event": CONTACT | {"cmd": "event", "type": "INCOMING", "user": "admin", "direction": "in"},
    "history": CONTACT
    | {
        "cmd": "history",
        "type": "in",
        "user": "admin",
        "start": "20170905T150852Z",
        "duration": "9",
        "status": "Success",
    },
    "rating": CONTACT | {"cmd": "rating", "rating": "5", "user": "admin", "ext": "101"},
}


def said(decision: Decision | None) -> bytes:
    reply = PROVIDER.reply(decision, request(form(CONTACT)), ACCOUNT)
    assert (reply.status, reply.content_type) == (200, "application/json")
    return reply.body


class TestContact:
    @pytest.mark.parametrize("written", [form, as_json])  # §1.4 [O]: form or JSON, by Content-Type
    def test_it_is_a_question(self, written: object) -> None:
        asked = request(form(CONTACT) if written is form else as_json(CONTACT))

        assert PROVIDER.verify(asked, ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(asked, ACCOUNT) == Question("cloud", CONTACT["callid"], f"+{CLIENT}", f"+{LINE}")

    def test_the_name_and_the_responsible(self) -> None:  # §1.4 [O]
        decision = Decision(Action.EXTENSION, "sticky", target="101", caller_name="Иванов Иван")

        assert msgspec.json.decode(said(decision)) == {"contact_name": "Иванов Иван", "responsible": "admin"}

    @pytest.mark.parametrize(
        ("decision", "body"),
        [
            (None, b"{}"),  # §1.4 [O]: {} and never [], never null
            (Decision(Action.DEFAULT, "default"), b"{}"),
            (Decision(Action.REJECT, "spam"), b"{}"),
            (Decision(Action.QUEUE, "plan", target="sales", caller_name="A"), b'{"contact_name":"A"}'),
            # §1.4 [O]: an unknown responsible is left out
            (Decision(Action.EXTENSION, "sticky", target="199", caller_name="A"), b'{"contact_name":"A"}'),
            (Decision(Action.TARGETS, "plan", targets=("199", "102", "101")), b'{"responsible":"ivanov"}'),
        ],
    )
    def test_what_cannot_be_said_is_left_out(self, decision: Decision | None, body: bytes) -> None:
        assert said(decision) == body

    @pytest.mark.parametrize("name", ["event", "history", "rating"])
    def test_what_only_tells_gets_an_empty_object(self, name: str) -> None:
        told = request(form(COMMANDS[name]))

        assert PROVIDER.question(told, ACCOUNT) is None
        assert PROVIDER.reply(None, told, ACCOUNT).body == b"{}"


class TestErrors:
    def test_a_wrong_token(self) -> None:  # §1.4 [O]
        wrong = request(form(CONTACT | {"crm_token": "other"}))
        reply = refusal_of(PROVIDER, PROVIDER.verify(wrong, ACCOUNT), wrong, ACCOUNT)

        assert (reply.status, reply.body) == (401, b'{"error":"Invalid token"}')

    @pytest.mark.parametrize(("name", "missing"), [(name, one) for name in MANDATORY for one in MANDATORY[name]])
    def test_every_missing_field(self, name: str, missing: str) -> None:  # §1.4 [T] brandup-online/megafon-ats
        fields = {key: value for key, value in COMMANDS[name].items() if key != missing}
        asked = request(form(fields))
        reply = refusal_of(PROVIDER, PROVIDER.verify(asked, ACCOUNT), asked, ACCOUNT)

        assert PROVIDER.verify(request(form(COMMANDS[name])), ACCOUNT) is Verdict.FITS
        assert (reply.status, reply.body) == (400, b'{"error":"Invalid parameters"}')

    @pytest.mark.parametrize(
        "more", [{"cmd": "makeTea"}, {"cmd": ""}, {"cmd": "event", "type": "INCOMING", "user": "", "direction": "up"}]
    )
    def test_what_is_no_command(self, more: dict[str, str]) -> None:
        assert PROVIDER.verify(request(form(CONTACT | more)), ACCOUNT) is Verdict.UNREADABLE

    def test_two_tokens_live_while_one_is_replaced(self) -> None:
        both = Account("cloud", {}, {"token": "new", "token_before": TOKEN})
        asked = request(form(CONTACT))

        assert PROVIDER.verify(asked, both) is Verdict.FITS
        assert PROVIDER.verify(asked, Account("cloud", {}, {"token": "new"})) is Verdict.FORGED
        assert PROVIDER.verify(asked, Account("cloud")) is Verdict.FORGED
        assert PROVIDER.verify(request(form({"cmd": "contact"})), both) is Verdict.UNSIGNED

    @pytest.mark.parametrize("fields", COMMANDS.values())
    def test_cut_bytes_get_one_of_the_contracts_forms(self, fields: dict[str, str]) -> None:
        for written in (*cuts(form(fields)), *cuts(as_json(fields))):
            cut = request(written)
            verdict = PROVIDER.verify(cut, ACCOUNT)
            refused = refusal_of(PROVIDER, verdict, HookRequest(), ACCOUNT)

            assert verdict is Verdict.FITS or refused.status in (400, 401)
            assert PROVIDER.reply(None, cut, ACCOUNT).body == b"{}"
            assert isinstance(PROVIDER.key(cut) + PROVIDER.name_of(cut) + PROVIDER.call_of(cut), str)


def test_a_hyphen_in_a_name_breaks_nothing() -> None:  # §1.4 [O]: z-flag
    told = request(form(COMMANDS["event"] | {"z-flag": "1"}))

    assert (PROVIDER.verify(told, ACCOUNT), told.text("z-flag")) == (Verdict.FITS, "1")
    assert PROVIDER.name_of(told) == "event INCOMING"


def test_deliveries_of_one_thing_have_one_key() -> None:
    event = COMMANDS["event"]
    keys = [
        PROVIDER.key(request(form(one)))
        for one in (event, event | {"z-flag": "1"}, event | {"user": "ivanov"}, event | {"type": "ACCEPTED"})
    ]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert PROVIDER.key(request((FORM, b""))) == ""
