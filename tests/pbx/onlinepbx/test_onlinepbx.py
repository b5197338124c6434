"""onlinePBX's contract: documented webhooks by their source; the route by templates, unconfirmed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pbx.hooks.heard import CLIENT, LINE, as_json, cuts, form, record, request
from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.onlinepbx import PROVIDER
from trunkline.pbx.port import Action, Decision, Question

# §1.7 [O]: the vendor's own example
WEBHOOK = {
    "domain": "onlinepbx.ru",
    "event": "call_start",
    "direction": "outbound",
    "uuid": "d02d3dd1-0000",
    "caller": "505",
    "callee": "79111117960",
    "from_domain": "onlinepbx.ru",
    "to_domain": "",
    "gateway": "74991111282",
    "date": "1528886454",
}
NOTHING = HookReply(b"", "text/plain")
# §1.7 [U]: made up here, as an operator would write down what a captured request shows
ACCOUNT = Account(
    "cloud",
    {
        "asked": {"call": "id", "caller": "from", "line": "to"},
        "places": {"sales": "900"},
        "reply": {
            "extension": '{"transfer":{"to":"{target}","wait":"{seconds}"},"title":"{name}"}',
            "targets": '{"transfer":{"to":"{target}"}}',
            "queue": '{"transfer":{"to":"{target}"}}',
            "reject": "hangup {name}",
            "nothing": '{"default":true}',
        },
    },
)
ASKED = request(form({"id": "r-1", "from": CLIENT, "to": LINE}), path="/route")


def said(decision: Decision | None) -> HookReply:
    return PROVIDER.reply(decision, ASKED, ACCOUNT)


class TestWebhooks:
    @pytest.mark.parametrize("written", [form(WEBHOOK), as_json(WEBHOOK)])
    def test_it_is_taken_and_gets_an_empty_200(self, written: tuple[str, bytes]) -> None:
        told = request(written)

        assert PROVIDER.verify(told, Account("cloud")) is Verdict.FITS
        assert PROVIDER.question(told, ACCOUNT) is None
        assert PROVIDER.reply(None, told, ACCOUNT) == NOTHING
        assert (PROVIDER.name_of(told), PROVIDER.call_of(told)) == ("call_start", "d02d3dd1-0000")

    @pytest.mark.parametrize(
        ("domain", "verdict"),
        [("", Verdict.FITS), ("OnlinePBX.ru ", Verdict.FITS), ("other.onpbx.ru", Verdict.FORGED)],
    )
    def test_the_domain_where_one_is_set(self, domain: str, verdict: Verdict) -> None:
        assert PROVIDER.verify(request(form(WEBHOOK)), Account("cloud", {"domain": domain})) is verdict

    def test_cut_bytes_get_an_empty_200(self) -> None:
        for written in (*cuts(form(WEBHOOK)), *cuts(as_json(WEBHOOK))):
            cut = request(written)
            assert PROVIDER.verify(cut, ACCOUNT) in (Verdict.FITS, Verdict.UNREADABLE)
            assert PROVIDER.reply(None, cut, ACCOUNT) == NOTHING

    def test_deliveries_of_one_thing_have_one_key(self) -> None:
        others = [{"callee": "101"}, {"event": "call_end"}, {"uuid": "x"}]
        keys = [PROVIDER.key(request(as_json(WEBHOOK | more))) for more in ({}, {"date": "1"}, *others)]

        assert keys[0] == keys[1]
        assert len(set(keys)) == 4
        assert PROVIDER.key(request(form({}))) == ""


class TestRoute:  # §1.7 [U] throughout
    def test_it_is_a_question_by_the_names_given(self) -> None:
        assert PROVIDER.verify(ASKED, ACCOUNT) is Verdict.FITS
        assert PROVIDER.question(ASKED, ACCOUNT) == Question("cloud", "r-1", CLIENT, LINE)
        assert PROVIDER.events(record(PROVIDER, 0, as_json(WEBHOOK))) != ()

    def test_without_words_for_a_reply_nothing_is_asked(self) -> None:
        assert PROVIDER.question(ASKED, Account("cloud")) is None
        assert PROVIDER.reply(None, ASKED, Account("cloud")) == NOTHING

    def test_the_words_of_a_decision(self) -> None:
        reply = said(Decision(Action.EXTENSION, "sticky", target="101", ring_seconds=20, caller_name='А "Б" \\'))

        assert reply.content_type == "application/json"
        assert msgspec.json.decode(reply.body) == {"transfer": {"to": "101", "wait": 20}, "title": 'А "Б" \\'}

    @pytest.mark.parametrize(
        ("decision", "body"),
        [
            (None, b'{"default":true}'),
            (Decision(Action.VOICEMAIL, "plan", target="office"), b'{"default":true}'),
            (Decision(Action.QUEUE, "plan", target="sales"), b'{"transfer":{"to":"900"}}'),
            (Decision(Action.TARGETS, "plan", targets=("102", "103")), b'{"transfer":{"to":"102"}}'),
            (Decision(Action.REJECT, "spam"), b"hangup "),
        ],
    )
    def test_what_has_no_words_gets_those_of_nothing(self, decision: Decision | None, body: bytes) -> None:
        assert said(decision).body == body

    @given(st.text(), st.text())
    def test_no_name_breaks_the_reply(self, name: str, target: str) -> None:
        reply = said(Decision(Action.EXTENSION, "sticky", target=target, caller_name=name))

        assert msgspec.json.decode(reply.body)["title"] == name
