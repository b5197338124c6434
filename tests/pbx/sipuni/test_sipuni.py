"""Sipuni's contract: each documented request and reply, each marked by its source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision, Question
from trunkline.pbx.sipuni import PROVIDER

ACCOUNT = Account("cloud")
ASKED = "fromnum=74996474807&tonum=74996477948&dtmf=&label=sales&time=2026-08-06+12%3A00%3A00"
"""pbx.md §1.6 [O]; the spelling of the time [U]."""
YES, NO, SUCCESS = HookReply(b'{"success": true}'), HookReply(b'{"success": false}'), HookReply(b'{"success": true}')


def asked(query: str = ASKED, received: int = 1) -> HookRequest:
    return HookRequest("GET", query=query, received=received)


class TestFunction:
    def test_it_asks_where_the_call_goes(self) -> None:
        """[O]"""
        question = PROVIDER.question(asked(), ACCOUNT)

        assert PROVIDER.verify(asked(), ACCOUNT) is Verdict.FITS
        assert question == Question("cloud", PROVIDER.call_of(asked()), "+74996474807", "+74996477948")

    def test_digits_of_a_menu_before_it_come_along(self) -> None:
        """[O]"""
        question = PROVIDER.question(asked(ASKED.replace("dtmf=", "dtmf=7")), ACCOUNT)

        assert question is not None
        assert question.digits == "7"

    def test_each_place_of_a_call_asks_for_itself_and_a_second_time_is_a_turn(self) -> None:
        assert PROVIDER.call_of(asked()) == PROVIDER.call_of(asked(received=9))
        assert PROVIDER.call_of(asked()) != PROVIDER.call_of(asked(ASKED.replace("sales", "reject")))
        assert PROVIDER.key(asked()) == PROVIDER.key(asked(received=9))
        assert PROVIDER.key(asked()) != PROVIDER.key(asked(ASKED.replace("dtmf=", "dtmf=7")))

    def test_without_a_time_no_call_is_taken_for_another(self) -> None:
        timeless = ASKED.partition("&time")[0]

        assert PROVIDER.call_of(asked(timeless, 1)) != PROVIDER.call_of(asked(timeless, 2))

    def test_it_tells_nothing_of_a_call(self) -> None:
        """[U] whether any event carries the same id."""
        assert PROVIDER.name_of(asked()) == "http sales"

    @pytest.mark.parametrize(
        ("label", "decision", "reply"),
        [
            # [U]: two branches are documented, the keys that choose are not
            ("sales", Decision(Action.QUEUE, "r", "sales"), YES),
            ("Sales", Decision(Action.QUEUE, "r", "sales"), YES),
            ("sales", Decision(Action.QUEUE, "r", "support"), NO),
            ("101", Decision(Action.EXTENSION, "r", "101"), YES),
            ("102", Decision(Action.TARGETS, "r", targets=("101", "102")), YES),
            ("office", Decision(Action.VOICEMAIL, "r", "office"), YES),
            ("79031204040", Decision(Action.NUMBER, "r", "+79031204040"), YES),
            ("79031204040", Decision(Action.NUMBER, "r", "+79031204040", confirm=True), NO),
            ("closed", Decision(Action.PLAYBACK, "r", sound="closed"), YES),
            ("reject", Decision(Action.REJECT, "r"), YES),
            ("sales", Decision(Action.REJECT, "r"), NO),
            ("7", Decision(Action.CHALLENGE, "r", "7"), NO),
            ("", Decision(Action.DEFAULT, "r"), NO),
            ("default", Decision(Action.DEFAULT, "r"), NO),
            ("sales", None, NO),
        ],
    )
    def test_the_label_names_the_place(self, label: str, decision: Decision | None, reply: HookReply) -> None:
        request = asked(ASKED.replace("label=sales", f"label={label}"))

        assert PROVIDER.reply(decision, request, ACCOUNT) == reply

    def test_the_keys_are_the_accounts(self) -> None:
        account = Account("cloud", {"yes": '{"result": 1}', "no": "{not json"})

        assert PROVIDER.reply(Decision(Action.QUEUE, "r", "sales"), asked(), account) == HookReply(b'{"result": 1}')
        assert PROVIDER.reply(None, asked(), account) == NO


class TestEvents:
    @pytest.mark.parametrize(
        "query", ["event=1&call_id=7", "event=2", "event=9&call_id=7", "event=x", "event=1&call_id="]
    )
    def test_every_event_gets_success_also_one_of_no_use(self, query: str) -> None:
        """[O]: after another answer the sending may be suspended."""
        for request in (HookRequest("GET", query=query), HookRequest(body=query.encode())):
            assert PROVIDER.verify(request, ACCOUNT) is Verdict.FITS
            assert PROVIDER.question(request, ACCOUNT) is None
            assert PROVIDER.reply(None, request, ACCOUNT) == SUCCESS

    def test_parameters_come_in_any_order(self) -> None:
        """[O]"""
        one = HookRequest("GET", query="event=1&call_id=7&src_num=1&timestamp=5")
        other = HookRequest("GET", query="timestamp=5&src_num=1&call_id=7&event=1")

        assert PROVIDER.key(one) == PROVIDER.key(other)
        assert PROVIDER.call_of(one) == "7"

    @given(st.binary(max_size=60), st.integers(0, 40))
    def test_no_cut_and_no_debris_raises(self, debris: bytes, cut: int) -> None:
        request = HookRequest(body=b"event=2&call_id=1774372584.533596&status=ANSWER"[:cut] + debris)

        PROVIDER.verify(request, ACCOUNT)
        PROVIDER.question(request, ACCOUNT)
        assert PROVIDER.reply(None, request, ACCOUNT) in (SUCCESS, NO)
        assert len(PROVIDER.key(request)) < 1000


@pytest.mark.parametrize("query", ["", "tonum=1", "zd_echo=1"])
def test_what_is_no_request_of_theirs(query: str) -> None:
    assert PROVIDER.verify(HookRequest("GET", query=query), ACCOUNT) is Verdict.UNREADABLE
