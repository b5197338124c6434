"""Telphin's contract: each documented request and reply, each marked by its source."""

from typing import Final
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision, Question
from trunkline.pbx.telphin import PROVIDER
from trunkline.pbx.telphin.xml import is_plain

ACCOUNT: Final = Account(
    "cloud",
    {
        "places": {"sales": "3/start", "office": "5", "103": "8/1", "vm-press-7": "12/start", "broken": "a b"},
        "sounds": {"closed": "ae3d969c.wav"},
    },
)
ASKED: Final = urlencode(
    {
        "EventType": "call_interactive",
        "CallID": "5205dc5cc5a411e5ab9eb3691b90ea15",
        "CallerIDNum": "+79160000004",
        "CallerIDName": "+79160000004",
        "CalledDID": "74951234567",
        "CalledExtension": "000*332",
        "CalledExtensionID": "145",
        "CallStatus": "ANSWER",
        "CallFlow": "IN",
        "CalledNumber": "332",
        "CallAPIID": "3584705175:5205dc5cc5a411e5ab9eb3691b90ea15",
    }
)
"""pbx.md §1.8 [O]: the parameters and their spelling as RingMe's page has them."""
CALL: Final = "5205dc5cc5a411e5ab9eb3691b90ea15"
NOTHING: Final = HookReply(b'<?xml version="1.0" encoding="UTF-8"?>\n<Response></Response>', "text/xml")


def said(decision: Decision | None, account: Account = ACCOUNT) -> str:
    reply = PROVIDER.reply(decision, HookRequest("GET", query=ASKED), account)
    assert (reply.status, reply.content_type) == (200, "text/xml")
    return reply.body.decode().partition("<Response>")[2].removesuffix("</Response>")


class TestQuestion:
    @pytest.mark.parametrize("request_", [HookRequest("GET", query=ASKED), HookRequest(body=ASKED.encode())])
    def test_get_and_post_ask_the_same(self, request_: HookRequest) -> None:
        """[O]"""
        assert PROVIDER.verify(request_, ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(request_, ACCOUNT) == Question("cloud", CALL, "+79160000004", "+74951234567")

    def test_a_call_from_inside_asks_by_the_extension(self) -> None:
        """[O]: `CallerIDNum=000*306`."""
        question = PROVIDER.question(HookRequest(body=ASKED.replace("%2B79160000004", "000%2A306").encode()), ACCOUNT)

        assert question is not None
        assert question.from_ == "306"

    def test_the_id_that_stays_through_transfers_is_the_key(self) -> None:
        """[O], the page of events; public clients look a call up in the history by it, where it is in capitals [T]."""
        told = {"EventType": "answer", "CallAPIID": f"3584705175-{CALL}"}
        event = HookRequest(body=urlencode({**told, "CallID": CALL.upper()}).encode())
        without = HookRequest(body=urlencode(told).encode())

        assert PROVIDER.call_of(HookRequest("GET", query=ASKED)) == PROVIDER.call_of(event) == CALL
        assert PROVIDER.call_of(without) == f"3584705175-{CALL}"

    def test_another_menu_is_no_repeat(self) -> None:
        asked = (ASKED, ASKED.replace("332", "333"), ASKED)

        assert len({PROVIDER.key(HookRequest("GET", query=query)) for query in asked}) == 2

    @pytest.mark.parametrize("query", ["", "EventType=call_interactive", "CallAPIID=7", "zd_echo=1"])
    def test_what_is_no_request_of_theirs(self, query: str) -> None:
        request = HookRequest("GET", query=query)

        assert PROVIDER.verify(request, ACCOUNT) is Verdict.UNREADABLE
        assert PROVIDER.question(request, ACCOUNT) is None


class TestReply:
    @pytest.mark.parametrize(
        ("decision", "reply"),
        [
            # [O]: Jump, Hangup, PlaySound and SetCaller as RingMe's page has them
            (Decision(Action.QUEUE, "r", "sales"), '<Jump context="3" option="start"/>'),
            (Decision(Action.VOICEMAIL, "r", "office"), '<Jump context="5" option="start"/>'),
            (Decision(Action.EXTENSION, "r", "103"), '<Jump context="8" option="1"/>'),
            (Decision(Action.CHALLENGE, "r", "7", sound="vm-press"), '<Jump context="12" option="start"/>'),
            (Decision(Action.REJECT, "r"), "<Hangup/>"),
            (
                Decision(Action.PLAYBACK, "r", sound="closed"),
                '<PlaySound where="foreground">ae3d969c.wav</PlaySound>',
            ),
            (
                Decision(Action.DEFAULT, "r", caller_name='Иван <"&'),
                '<SetCaller name=\'Иван &lt;"&amp;\' number="+79160000004"/>',
            ),
            # [U]: the verb is documented, its content is not
            (Decision(Action.EXTENSION, "r", "101"), "<SimpleTransfer>101</SimpleTransfer>"),
            (Decision(Action.TARGETS, "r", targets=("101", "102")), "<SimpleTransfer>101</SimpleTransfer>"),
            (Decision(Action.NUMBER, "r", "+79031204040"), "<SimpleTransfer>79031204040</SimpleTransfer>"),
            # what the account has no word for
            (Decision(Action.QUEUE, "r", "unknown"), ""),
            (Decision(Action.QUEUE, "r", "broken"), ""),
            (Decision(Action.CHALLENGE, "r", "8", sound="vm-press"), ""),
            (Decision(Action.PLAYBACK, "r", sound="unknown"), ""),
            (Decision(Action.EXTENSION, "r", "<x/>"), ""),
            (Decision(Action.NUMBER, "r", "+79031204040", confirm=True), ""),
            (Decision(Action.DEFAULT, "r"), ""),
            (None, ""),
        ],
    )
    def test_each_decision(self, decision: Decision | None, reply: str) -> None:
        assert said(decision) == reply

    def test_nothing_known_jumps_where_calls_go_without_us(self) -> None:
        account = Account("cloud", {"default_place": "9/start"})

        assert (
            said(None, account) == said(Decision(Action.DEFAULT, "r"), account) == '<Jump context="9" option="start"/>'
        )

    def test_the_form_of_nothing_known(self) -> None:
        assert PROVIDER.reply(None, HookRequest("GET", query=ASKED), Account("cloud")) == NOTHING

    def test_an_event_gets_no_instruction(self) -> None:
        event = HookRequest(body=f"EventType=answer&CallAPIID={CALL}".encode())

        assert PROVIDER.reply(None, event, Account("cloud", {"default_place": "9/start"})) == NOTHING

    @pytest.mark.parametrize(
        ("template", "reply"),
        [
            ('<SimpleTransfer number="{target}" time="20"/>', '<SimpleTransfer number="101" time="20"/>'),
            ("<SetVar name='to'>{target}</SetVar><Jump/>", "<SetVar name='to'>101</SetVar><Jump/>"),
            # what is no plain XML, or has no place for the number, is not sent
            ("<SimpleTransfer>{target}", "<SimpleTransfer>101</SimpleTransfer>"),
            ("<SimpleTransfer>102</SimpleTransfer>", "<SimpleTransfer>101</SimpleTransfer>"),
            ("<SimpleTransfer>&file;{target}</SimpleTransfer>", "<SimpleTransfer>101</SimpleTransfer>"),
        ],
    )
    def test_the_transfer_is_the_accounts_to_write(self, template: str, reply: str) -> None:
        assert said(Decision(Action.EXTENSION, "r", "101"), Account("cloud", {"transfer": template})) == reply

    @pytest.mark.parametrize(
        "text",
        [
            '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
            '</Response><!DOCTYPE x SYSTEM "file:///etc/passwd"><Response>',
            "<x>&a;</x>",
            "<x",
            "\x00",
            "</Response><Response>",
        ],
    )
    def test_declarations_entities_and_broken_xml_are_refused(self, text: str) -> None:
        assert not is_plain(text)

    @given(st.binary(max_size=60), st.integers(0, len(ASKED)))
    def test_no_cut_and_no_debris_raises(self, debris: bytes, cut: int) -> None:
        request = HookRequest(body=ASKED.encode()[:cut] + debris)

        PROVIDER.verify(request, ACCOUNT)
        PROVIDER.question(request, ACCOUNT)
        assert PROVIDER.reply(None, request, ACCOUNT) == NOTHING
        assert len(PROVIDER.key(request)) < 800

    @given(st.text(max_size=40))
    def test_no_name_breaks_the_xml(self, name: str) -> None:
        assert is_plain(said(Decision(Action.DEFAULT, "r", caller_name=name)))
