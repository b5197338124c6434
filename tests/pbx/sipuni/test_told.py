"""What Sipuni's events make of a call, in any order, however often, and with some of them lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.sipuni import ACCOUNT, IN, LINE_ONLY, desk, end, event
from tests.pbx.ten_calls import CALLED, TEN, Sent, folded, records, same, told
from trunkline.calls.missed import WhyMissed
from trunkline.pbx.sipuni import PROVIDER

OUT = {
    "src_num": f"{ACCOUNT}101",
    "short_src_num": "101",
    "src_type": "2",
    "dst_num": CALLED[1:],
    "dst_type": "1",
    "pbxdstnum": CALLED,
    "user_id": ACCOUNT,
}
INSIDE = {**OUT, "dst_num": f"{ACCOUNT}102", "dst_type": "2", "short_dst_num": "102", "is_inner_call": "1"} | {
    "pbxdstnum": "102"
}

CALLS = {
    "answered": [
        event(0, 1, **IN, **LINE_ONLY),
        event(1, 1, **IN, **desk("102")),
        event(7, 3, **IN, **desk("102")),
        end(67, "ANSWER", {**IN, **LINE_ONLY, "last_called": "102"}, 7),
    ],
    "missed": [
        event(0, 1, **IN, **LINE_ONLY),
        event(1, 1, **IN, **desk("101")),
        # captured [T]: an answer time in a call nobody answered
        end(31, "NOANSWER", {**IN, **LINE_ONLY, "last_called": "101"}, 0),
    ],
    "busy": [event(0, 1, **IN, **LINE_ONLY), end(3, "BUSY", {**IN, **LINE_ONLY, "last_called": "101"})],
    "transferred": [
        event(0, 1, **IN, **LINE_ONLY),
        event(5, 3, **IN, **desk("101")),
        event(40, 4, **IN, **desk("101"), status="ANSWER", transfer_from="101"),
        event(40, 3, **IN, **desk("102")),
        end(95, "ANSWER", {**IN, **desk("102"), "transfer_from": "101", "last_called": "102"}, 5),
    ],
    # captured [T]: the beginning twice, a second apart
    "outgoing": [
        event(0, 1, **OUT),
        event(1, 1, **OUT),
        event(10, 3, **OUT),
        end(40, "ANSWER", {**OUT, "last_called": "101"}, 10),
    ],
    "outgoing unanswered": [event(0, 1, **OUT), event(1, 1, **OUT), end(19, "NOANSWER", {**OUT, "last_called": "101"})],
    "group": [
        event(0, 1, **IN, **LINE_ONLY),
        event(1, 1, **IN, **desk("101")),
        event(2, 1, **IN, **desk("102")),
        event(9, 3, **IN, **desk("102")),
        end(54, "ANSWER", {**IN, **LINE_ONLY, "last_called": "101&102"}, 9),
    ],
    "abandoned": [
        event(0, 1, **IN, **LINE_ONLY),
        event(1, 1, **IN, **desk("101")),
        end(9, "CANCEL", {**IN, **LINE_ONLY, "last_called": "101"}),
    ],
    "spam refused": [event(0, 1, **IN, **LINE_ONLY), end(2, "CANCEL", {**IN, **LINE_ONLY})],
    "internal": [event(0, 1, **INSIDE), event(4, 3, **INSIDE), end(24, "ANSWER", INSIDE, 4)],
}


@pytest.mark.parametrize("name", TEN)
def test_the_ten_calls(name: str) -> None:
    same(told(PROVIDER, CALLS[name], {}), name)


@pytest.mark.parametrize("name", TEN)
def test_the_end_alone_tells_the_call(name: str) -> None:
    found = told(PROVIDER, CALLS[name][-1:], {})
    wanted = TEN[name]

    assert (found.direction, found.caller, found.outcome) == (wanted.direction, wanted.caller, wanted.outcome)
    assert found.answered_by == wanted.answered_by
    assert found.talk == pytest.approx(wanted.talk, abs=1)


def test_an_answer_before_the_beginning_is_not_believed() -> None:
    """Captured [T]: call 96, ordered by the API, seven seconds of talk."""
    sent = [event(0, 1, **OUT), event(12, 3, **OUT), end(19, "ANSWER", OUT, -1)]

    assert told(PROVIDER, sent, {}).talk == pytest.approx(7, abs=1)
    assert told(PROVIDER, [sent[0], sent[2]], {}).answered_by == CALLED


def test_whoever_gave_up_is_told() -> None:
    assert told(PROVIDER, CALLS["abandoned"], {}).missed_why is WhyMissed.ABANDONED
    assert told(PROVIDER, CALLS["busy"], {}).missed_why is WhyMissed.BUSY


@pytest.mark.parametrize(
    "sent",
    [
        event(0, 5, **IN),
        event(0, 1, call_id=""),
        event(0, 1, **{**OUT, "short_src_num": "", "src_num": "unknown"}),
        Sent(0, query="fromnum=74996474807&tonum=74996477948&label=sales", method="GET"),
    ],
)
def test_what_is_no_step_of_a_call_is_none(sent: Sent) -> None:
    assert PROVIDER.events(records(PROVIDER, [sent], {})[0]) == ()


@given(st.data(), st.sampled_from(sorted(CALLS)))
def test_any_order_and_any_repeats_give_the_same_call(data: st.DataObject, name: str) -> None:
    heard = records(PROVIDER, CALLS[name], {})
    shuffled = data.draw(st.permutations(heard + data.draw(st.lists(st.sampled_from(heard), max_size=4))))

    assert folded(PROVIDER, shuffled) == folded(PROVIDER, heard)


@given(st.lists(st.sampled_from([one for sent in CALLS.values() for one in sent]), max_size=12), st.binary(max_size=40))
def test_no_story_of_events_breaks_the_fold(sent: list[Sent], debris: bytes) -> None:
    broken = [Sent(1, body=one.query.encode()[: len(debris) * 9] + debris) for one in sent]

    assert bool(folded(PROVIDER, records(PROVIDER, [*sent, *broken], {})).steps) or not sent
