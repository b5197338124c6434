"""UIS's contract: each documented request and reply, each marked by its source."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.hooks.port import Account, HookReply, SettingKind, Verdict
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision, Question
from trunkline.pbx.uis import PROVIDER
from trunkline.pbx.uis.note import KEYS, TEMPLATE, note_of

ACCOUNT = Account(
    "cloud",
    {
        "codes": {"sales": "2", "office": "7", "reject": "9", "vm-press-7": "17", "103": "3", "broken": "x"},
        "phones": {"101": "79031505050", "102": "+74959876543"},
        "sounds": {"closed": "10sec.mp3"},
    },
)
ASKED = "cdr_id=123&start_time=1200&input_result=None&numa=74952345678&numb=74951234567"
"""pbx.md §1.2 [O], as the vendor's page has it."""


def said(decision: Decision | None, account: Account = ACCOUNT) -> Any:
    reply = PROVIDER.reply(decision, HookRequest("GET", query=ASKED), account)
    assert (reply.status, reply.content_type) == (200, "application/json")
    return msgspec.json.decode(reply.body)


class TestQuestion:
    @pytest.mark.parametrize(
        "request_",
        [
            HookRequest("GET", query=ASKED),
            HookRequest(body=ASKED.encode(), headers={"content-type": "application/x-www-form-urlencoded"}),
        ],
    )
    def test_get_and_post_ask_the_same(self, request_: HookRequest) -> None:
        """[O]"""
        assert PROVIDER.verify(request_, ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(request_, ACCOUNT) == Question("cloud", "123", "+74952345678", "+74951234567")

    @pytest.mark.parametrize(("sent", "digits"), [("None", ""), ("none", ""), ("", ""), ("7", "7"), ("71", "71")])
    def test_the_word_none_is_no_digit(self, sent: str, digits: str) -> None:
        """[O]"""
        question = PROVIDER.question(HookRequest("GET", query=ASKED.replace("None", sent)), ACCOUNT)

        assert question is not None
        assert question.digits == digits

    def test_the_session_names_the_call_where_it_is_sent(self) -> None:
        """[T]: another company's guide has it among the operation's parameters."""
        request = HookRequest("GET", query=f"{ASKED}&call_session_id=237859081")

        assert PROVIDER.call_of(request) == "237859081"

    def test_another_digit_is_no_repeat(self) -> None:
        keys = {PROVIDER.key(HookRequest("GET", query=ASKED.replace("None", sent))) for sent in ("None", "7", "None")}

        assert len(keys) == 2

    def test_a_hidden_caller_asks_too(self) -> None:
        request = HookRequest("GET", query="cdr_id=123&numa=anonymous&numb=74951234567")

        assert PROVIDER.question(request, ACCOUNT) == Question("cloud", "123", "anonymous", "+74951234567")

    def test_without_the_session_the_caller_is_routed_all_the_same(self) -> None:
        request = HookRequest("GET", query="numa=74952345678&numb=74951234567", received=7)
        question = PROVIDER.question(request, ACCOUNT)

        assert PROVIDER.verify(request, ACCOUNT) is Verdict.FITS
        assert question is not None
        assert (question.call_id, question.from_, question.to) == ("+74952345678-7", "+74952345678", "+74951234567")

    @pytest.mark.parametrize("query", ["", "zd_echo=1"])
    def test_what_is_no_request_of_theirs(self, query: str) -> None:
        request = HookRequest("GET", query=query)

        assert PROVIDER.verify(request, ACCOUNT) is Verdict.UNREADABLE
        assert PROVIDER.question(request, ACCOUNT) is None


class TestReply:
    @pytest.mark.parametrize(
        ("decision", "reply"),
        [
            # [O]: the forms `phones`, `message_name` and `returned_code` of the vendor's page
            (Decision(Action.EXTENSION, "r", "101"), {"phones": ["79031505050"]}),
            (Decision(Action.TARGETS, "r", targets=("101", "102")), {"phones": ["79031505050", "74959876543"]}),
            (Decision(Action.NUMBER, "r", "+79031204040"), {"phones": ["79031204040"]}),
            (Decision(Action.PLAYBACK, "r", sound="closed"), {"message_name": "10sec.mp3"}),
            (Decision(Action.QUEUE, "r", "sales"), {"returned_code": 2}),
            (Decision(Action.VOICEMAIL, "r", "office"), {"returned_code": 7}),
            (Decision(Action.EXTENSION, "r", "103"), {"returned_code": 3}),
            (Decision(Action.CHALLENGE, "r", "7", sound="vm-press"), {"returned_code": 17}),
            (Decision(Action.REJECT, "r"), {"returned_code": 9}),
            # what the account has no word for
            (Decision(Action.EXTENSION, "r", "104"), {}),
            (Decision(Action.QUEUE, "r", "broken"), {}),
            (Decision(Action.CHALLENGE, "r", "8", sound="vm-press"), {}),
            (Decision(Action.PLAYBACK, "r", sound="unknown"), {}),
            (Decision(Action.NUMBER, "r", "+79031204040", confirm=True), {}),
            (Decision(Action.DEFAULT, "r"), {}),
            (None, {}),
        ],
    )
    def test_each_decision(self, decision: Decision | None, reply: object) -> None:
        assert said(decision) == reply

    @pytest.mark.parametrize("decision", [None, Decision(Action.DEFAULT, "r"), Decision(Action.QUEUE, "r", "unknown")])
    def test_nothing_known_takes_the_branch_named_for_it(self, decision: Decision | None) -> None:
        assert said(decision, Account("cloud", {"default_code": "1"})) == {"returned_code": 1}

    def test_a_notification_gets_no_instruction(self) -> None:
        request = HookRequest(path="/end", body=b"{}")

        assert PROVIDER.reply(None, request, Account("cloud", {"default_code": "1"})) == HookReply(b"{}")

    @given(st.binary(max_size=60), st.integers(0, len(ASKED)), st.sampled_from(["", "/end", "/talk", "/x"]))
    def test_no_cut_and_no_debris_raises(self, debris: bytes, cut: int, path: str) -> None:
        request = HookRequest(path=path, body=ASKED.encode()[:cut] + debris)

        PROVIDER.verify(request, ACCOUNT)
        PROVIDER.question(request, ACCOUNT)
        assert PROVIDER.reply(None, request, ACCOUNT) == HookReply(b"{}")
        assert len(PROVIDER.key(request)) < 600


class TestNote:
    VALUES = dict.fromkeys(KEYS, "") | {"call_session_id": "77", "direction": "in", "employee_full_name": "Иван Петров"}

    def filled(self, values: dict[str, str], quote: str = '"') -> bytes:
        text = TEMPLATE
        for key in KEYS:
            text = text.replace(f"{{{{{key}}}}}", f"{quote}{values[key]}{quote}")
        return text.encode()

    @pytest.mark.parametrize("quote", ['"', ""])
    def test_our_template_is_read_with_the_cabinets_quotes_and_without(self, quote: str) -> None:
        """[T] for the quotes; an empty value without them is invalid JSON [O]."""
        assert note_of(HookRequest(path="/end", body=self.filled(self.VALUES, quote))) == self.VALUES

    def test_the_guide_shows_the_template_that_is_shipped(self) -> None:
        guide = Path(__file__).parents[3] / "docs" / "pbx" / "uis.md"

        assert TEMPLATE in guide.read_text(encoding="utf-8")
        assert TEMPLATE in [one.default for one in PROVIDER.settings if one.kind is SettingKind.COPY]

    @pytest.mark.parametrize(
        "name", ['ООО "Ромашка"', '"', 'a, "direction":"out"', "two\nlines", '"talk_time_duration":900', "x}"]
    )
    def test_a_name_breaks_nothing_and_poses_as_no_field(self, name: str) -> None:
        """[O]: the JSON may be invalid when a value contains a quote."""
        note = note_of(HookRequest(path="/end", body=self.filled(self.VALUES | {"employee_full_name": name})))

        assert {key: note[key] for key in KEYS[:-1]} == {key: self.VALUES[key] for key in KEYS[:-1]}

    @pytest.mark.parametrize("value", ["None", "null", "{{employee_id}}"])
    def test_what_is_not_filled_in_is_empty(self, value: str) -> None:
        note = note_of(HookRequest(path="/talk", body=self.filled(self.VALUES | {"employee_id": value})))

        assert note["employee_id"] == ""

    def test_cut_anywhere_it_is_read_as_far_as_it_goes(self) -> None:
        body = self.filled(self.VALUES | {"contact_phone_number": "79160000004"})

        for cut in range(len(body) + 1):
            request = HookRequest(path="/end", body=body[:cut])
            assert PROVIDER.call_of(request) in {"", "7", "77"}
            assert PROVIDER.reply(None, request, ACCOUNT) == HookReply(b"{}")
