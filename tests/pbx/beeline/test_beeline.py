"""Beeline's XSI events and what they make of calls: the names of fields are pbx.md §1.9 [T], the XML is BroadWorks'."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.beeline import TRACKING, USERS, XML, Half, xsi
from tests.pbx.hooks.company import CLIENT, LINE, START
from tests.pbx.hooks.heard import Row, assert_row, call_of, cuts, request, row_of
from trunkline.calls.call import Call
from trunkline.calls.summary import summary_of
from trunkline.pbx.beeline import PROVIDER
from trunkline.pbx.beeline.fields import number_in, time_of
from trunkline.pbx.beeline.xml import DEEPEST, MOST, read
from trunkline.pbx.hooks.hiding import carried_by, without_secrets
from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.refusal import refusal_of
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision

ACCOUNT = Account("cloud", {"users": USERS}, {"token": "t"})
NOTHING = HookReply(b"", "text/plain")
Sent = Sequence[tuple[float, bytes, str]]
IN = ("in", CLIENT, LINE)
ANSWERED = Half("102", 1, 9, 69, released_by="remoteRelease")
COLLEAGUE = {"address": "tel:111", "userId": USERS["111"], "callType": "Group"}
TO_110 = {"address": "tel:110", "userId": USERS["110"], "callType": "Group"}
OUT = {"address": "tel:+79160000009", "callType": "Network"}


def told(*halves: Half) -> Sent:
    return sorted((one for half in halves for one in half.events()), key=lambda one: one[0])


CALLS: Mapping[str, tuple[Sent, Row]] = {
    "answered": (told(ANSWERED), Row(*IN, "answered", "102", 60)),
    "nobody answers": (told(Half("102", 1, None, 25, "Temporarily Unavailable")), Row(*IN, "missed")),
    "busy": (told(Half("102", 1, None, 3, "Busy")), Row(*IN, "missed")),
    "the caller gives up": (told(Half("102", 1, None, 9)), Row(*IN, "missed")),
    "group": (
        told(Half("101", 1, None, 4.05), Half("102", 1.2, None, 4.05), Half("103", 1.4, 4, 34)),
        Row(*IN, "answered", "103", 30),
    ),
    "one after another": (
        told(Half("101", 1, None, 16, "Temporarily Unavailable"), Half("102", 16.1, 21, 141)),
        Row(*IN, "answered", "102", 120),
    ),
    "passed on": (told(Half("102", 1, 9, 39), Half("101", 40, 44, 104)), Row(*IN, "answered", "102", 90)),
    "outgoing": (
        told(Half("110", 0, 5, 35, calls=True, other=OUT)),
        Row("out", "+79160000009", "+79160000009", "answered", "+79160000009", 30),
    ),
    "outgoing unanswered": (
        told(Half("110", 0, None, 20, calls=True, other=OUT)),
        Row("out", "+79160000009", "+79160000009", "missed"),
    ),
    "internal, both ends tell": (
        told(Half("110", 0, 3, 13, calls=True, other=COLLEAGUE), Half("111", 0.1, 3, 13, other=TO_110, line="")),
        Row("internal", "", "111", "answered", "111", 10),
    ),
    "internal, one end tells": (
        told(Half("111", 0, 3, 13, other=TO_110, line="")),
        Row("internal", "", "111", "answered", "111", 10),
    ),
    "at his own number": (
        told(Half("102", 1, 9, 69, line="")),
        Row("in", CLIENT, "+79650000102", "answered", "102", 60),
    ),
}


def records(sent: Sent) -> list[HookRecord]:
    return [
        HookRecord(
            "cloud", "beeline", START + int(at * 1e6), kind, "POST", "", "", body, settings={"users": dict(USERS)}
        )
        for at, body, kind in sent
    ]


def call(sent: Sent) -> Call:
    return call_of(PROVIDER, records(sent))


class TestContract:
    @pytest.mark.parametrize("name", CALLS)
    def test_a_call(self, name: str) -> None:
        sent, row = CALLS[name]
        made = call(sent)

        assert made.linkedid == TRACKING
        assert_row(made, row)

    @pytest.mark.parametrize(("side", "by"), [("remoteRelease", "caller"), ("localRelease", "callee"), ("", "pbx")])
    def test_who_hung_up(self, side: str, by: str) -> None:
        assert summary_of(call(told(Half("102", 1, 9, 69, released_by=side)))).hung_up_by == by

    @pytest.mark.parametrize(("side", "by"), [("localRelease", "caller"), ("remoteRelease", "callee")])
    def test_who_hung_up_of_an_outgoing_call(self, side: str, by: str) -> None:
        sent = told(Half("110", 0, 5, 35, calls=True, other=OUT, released_by=side))

        assert summary_of(call(sent)).hung_up_by == by

    @pytest.mark.parametrize(
        ("cause", "why"), [("Busy", "busy"), ("Forbidden", "rejected"), ("Temporarily Unavailable", "no_answer")]
    )
    def test_why_nobody_answered(self, cause: str, why: str) -> None:
        assert summary_of(call(told(Half("102", 1, None, 25, cause)))).missed_why == why

    def test_it_rings_and_talks_while_it_goes_on(self) -> None:
        first = told(Half("101", 1, None, 16, "Busy"), Half("102", 15, 21, 141))
        after = [row_of(call(first[: number + 1])).outcome for number in range(len(first))]

        assert after == ["ringing", "ringing", "ringing", "answered", "answered"]
        assert not call(first[:4]).is_over

    def test_everything_is_answered_with_nothing(self) -> None:
        sent = request((XML, told(ANSWERED)[0][1]))

        assert PROVIDER.verify(sent, ACCOUNT) is Verdict.FITS
        assert (PROVIDER.greet(sent), PROVIDER.question(sent, ACCOUNT)) == (None, None)
        assert PROVIDER.reply(Decision(Action.EXTENSION, "101"), sent, ACCOUNT) == NOTHING
        assert refusal_of(PROVIDER, Verdict.UNREADABLE, HookRequest(), ACCOUNT) == NOTHING
        assert (PROVIDER.name_of(sent), PROVIDER.call_of(sent)) == ("CallReceivedEvent", TRACKING)

    @pytest.mark.parametrize("kind", ["HookStatusEvent", "SubscriptionTerminatedEvent", "CallHeldEvent"])
    def test_others_fit_and_tell_nothing(self, kind: str) -> None:
        body = xsi(kind, USERS["102"], {})

        assert PROVIDER.verify(request((XML, body)), ACCOUNT) is Verdict.FITS
        assert PROVIDER.events(records([(0, body, XML)])[0]) == ()

    def test_an_employee_nobody_knows_is_no_client(self) -> None:
        outgoing, incoming = (told(Half("110", 0, 5, 35, calls=one, other=OUT)) for one in (True, False))
        unknown = [HookRecord("cloud", "beeline", START, XML, "POST", "", "", one[1]) for one in (*outgoing, *incoming)]

        assert [len(PROVIDER.events(one)) > 0 for one in unknown] == [False] * 3 + [True] * 3
        assert row_of(call_of(PROVIDER, unknown[3:])).answered_by == "+79650000110"


class TestXml:
    def test_prefixes_do_not_matter(self) -> None:
        body = told(ANSWERED)[-1][1]
        bare = body.replace(b"xsi1:", b"y:").replace(b":xsi1", b":y").replace(b"xsi:", b"").replace(b":xsi=", b"=")

        assert PROVIDER.name_of(request((XML, bare))) == "CallReleasedEvent"
        assert {path: text for path, text in read(bare).items() if path.startswith("eventData/call/")} == {
            path: text for path, text in read(body).items() if path.startswith("eventData/call/")
        }

    @pytest.mark.parametrize(
        "declared",
        [
            b'<!DOCTYPE x [<!ENTITY callId SYSTEM "file:///etc/passwd">]>',
            b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
            b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;">]>',
        ],
    )
    def test_declarations_are_nothing(self, declared: bytes) -> None:
        body = told(ANSWERED)[0][1].replace(b"?>\n", b"?>\n" + declared, 1)

        assert PROVIDER.verify(request((XML, body)), ACCOUNT) is Verdict.UNREADABLE
        assert PROVIDER.events(records([(0, body, XML)])[0]) == ()

    def test_what_is_made_to_be_endless_is_nothing(self) -> None:
        assert read(b"<Event>" + b"<a>" * DEEPEST + b"</a>" * DEEPEST + b"</Event>") != {}
        assert read(b"<Event>" + b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1) + b"</Event>") == {}
        assert read(b"<Event>" + b"<a/>" * (MOST - 1) + b"</Event>") != {}
        assert read(b"<Event>" + b"<a/>" * MOST + b"</Event>") == {}

    @pytest.mark.parametrize("head", [b'<?xml version="1.0" encoding="no-such"?>', b"\xff\xfe", b"\0", b"{}", b""])
    def test_what_is_no_xml_is_nothing(self, head: bytes) -> None:
        assert read(head + b"\0<Event/>") == {}

    def test_cut_bytes_are_nothing(self) -> None:
        for cut in cuts((XML, told(ANSWERED)[2][1])):
            assert PROVIDER.verify(request(cut), ACCOUNT) is Verdict.UNREADABLE
            assert PROVIDER.events(records([(0, cut[1], XML)])[0]) == ()

    @given(st.binary(max_size=200))
    def test_whatever_bytes_come(self, body: bytes) -> None:
        PROVIDER.events(records([(0, b"<Event>" + body + b"</Event>", XML)])[0])
        assert PROVIDER.said_by(HookRequest(body=body)) is None

    def test_our_address_is_not_kept(self) -> None:
        body = ANSWERED.events(url="https://pbx.example/router/v1/hooks/beeline/a-secret-of-ours")[0][1]
        kept = without_secrets(body, (), carried_by(PROVIDER))

        assert b"a-secret-of-ours" in body
        assert b"a-secret-of-ours" not in kept
        assert len(read(kept)) == len(read(body))


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("tel:+79161234567", "+79161234567"),
        ("tel:9161234567", "+79161234567"),
        ("sip:102@ip.beeline.ru;user=phone", "102"),
        ("9650000102@ip.beeline.ru", "+79650000102"),
        ("", ""),
        ("@", ""),
    ],
)
def test_numbers(address: str, number: str) -> None:
    assert number_in(address) == number


@pytest.mark.parametrize(
    ("text", "second"), [("1786006800500", 0.5), ("2026-08-06T12:00:01+03:00", 1), ("", None), ("1456130781929", None)]
)
def test_times(text: str, second: float | None) -> None:
    """Milliseconds [T]; the year 2016 is no time of a call of today."""
    assert time_of(text, START) == (None if second is None else START + int(second * 1e6))


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_any_order_delay_and_repeat_make_the_same_call(name: str, data: st.DataObject) -> None:
    """A repeat may come by another subscription, as another event."""
    sent, row = CALLS[name]
    again = [(at, body.replace(b">s-1<", b">s-2<").replace(b">e-", b">f-"), kind) for at, body, kind in sent]
    shuffled = data.draw(st.permutations([*sent, *data.draw(st.lists(st.sampled_from(again), max_size=3))]))
    late = data.draw(st.lists(st.floats(0, 3600), min_size=len(shuffled), max_size=len(shuffled)))
    made = call([(at + more, *rest) for (at, *rest), more in zip(shuffled, late, strict=True)])  # type: ignore[misc]  # *rest

    assert_row(made, row)
    assert made.steps == call(sent).steps


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_that_is_lost_is_told_by_the_end(name: str) -> None:
    sent, row = CALLS[name]

    assert_row(call([one for one in sent if b"CallReleasedEvent" in one[1]]), row)


@given(st.data())
def test_lost_events_never_break_a_call(data: st.DataObject) -> None:
    sent, row = CALLS[data.draw(st.sampled_from(sorted(CALLS)))]
    kept = data.draw(st.lists(st.sampled_from(sent), min_size=1))

    assert row_of(call(kept)).outcome in {row.outcome, "ringing", "missed", "answered"}
