"""What events and history of MegaFon's family make of ten calls; fixtures after pbx.md §1.4, no real traffic."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pbx.hooks.heard import CLIENT, LINE, Row, as_json, assert_row, call_of, cuts, form, record, row_of
from trunkline.calls.call import Call
from trunkline.calls.missed import WhyMissed
from trunkline.calls.summary import summary_of
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.megafon import PROVIDER

SETTINGS = {"logins": {"101": "admin", "102": "ivanov", "103": "petrov"}}
USERS = {"101": "admin", "102": "ivanov", "103": "petrov"}
Timed = Sequence[tuple[float, dict[str, Any]]]


def event(kind: str, extension: str, direction: str = "in", **more: str) -> dict[str, Any]:
    fields = {"cmd": "event", "type": kind, "phone": CLIENT, "user": USERS.get(extension, ""), "direction": direction}
    return fields | {"diversion": LINE, "ext": extension, "callid": "c-1"} | more


def history(status: str, extension: str, duration: int, direction: str = "in", **more: str) -> dict[str, Any]:
    fields = {"cmd": "history", "type": direction, "phone": CLIENT, "user": USERS.get(extension, ""), "ext": extension}
    return (
        fields
        | {"diversion": LINE, "callid": "c-1", "start": "20260302T070000Z", "duration": str(duration)}
        | more
        | {"status": status}
    )


ANSWERED: Timed = [
    (0, event("INCOMING", "101")),
    (8, event("ACCEPTED", "101")),
    (68, event("COMPLETED", "101")),
    (75, history("Success", "101", 68, wait="8")),
]
MISSED: Timed = [(0, event("INCOMING", "101")), (25, event("CANCELLED", "101")), (27, history("missed", "101", 25))]
BUSY: Timed = [(0, event("INCOMING", "101")), (1, event("CANCELLED", "101")), (3, history("Busy", "101", 1))]
TRANSFER: Timed = [
    *ANSWERED[:2],
    (30, event("TRANSFERRED", "102", second_callid="c-2")),
    (68, event("COMPLETED", "102")),
    (75, history("Success", "102", 68)),
]
OUT = [(0, event("OUTGOING", "101", "out"))]
OUTGOING: Timed = [
    *OUT,
    (12, event("ACCEPTED", "101", "out")),
    (42, event("COMPLETED", "101", "out")),
    (44, history("Success", "101", 42, "out")),
]
OUT_MISSED: Timed = [*OUT, (20, event("CANCELLED", "101", "out")), (22, history("NotAvailable", "101", 20, "out"))]
GROUP: Timed = [
    *((0.1 * i, event("INCOMING", one, groupRealName="sales")) for i, one in enumerate(USERS)),
    (9, event("ACCEPTED", "102", groupRealName="sales")),
    (9.2, event("CANCELLED", "101", groupRealName="sales")),
    (9.3, event("CANCELLED", "103", groupRealName="sales")),
    (29, event("COMPLETED", "102", groupRealName="sales")),
    (40, history("Success", "102", 29)),
]
ABANDONED: Timed = [(0, event("INCOMING", "101")), (5, event("CANCELLED", "101")), (6, history("Cancel", "101", 5))]
SPAM: Timed = [(3, history("NotAllowed", "", 1))]
LOST: Timed = [(120, history("Success", "103", 68, wait="8"))]

IN = ("in", f"+{CLIENT}", f"+{LINE}")
TEN = {
    "answered": (ANSWERED, Row(*IN, "answered", "101", 60)),
    "missed": (MISSED, Row(*IN, "missed")),
    "busy": (BUSY, Row(*IN, "missed")),
    "transfer": (TRANSFER, Row(*IN, "answered", "101", 60)),
    "outgoing": (OUTGOING, Row("out", f"+{CLIENT}", f"+{CLIENT}", "answered", f"+{CLIENT}", 30)),
    "outgoing unanswered": (OUT_MISSED, Row("out", f"+{CLIENT}", f"+{CLIENT}", "missed")),
    "group": (GROUP, Row(*IN, "answered", "102", 20)),
    "abandoned": (ABANDONED, Row(*IN, "missed")),
    "refused": (SPAM, Row(*IN, "missed")),
    "only the history": (LOST, Row(*IN, "answered", "103", 60)),
}


def records(told: Timed, *, in_json: bool = False) -> list[HookRecord]:
    return [record(PROVIDER, at, as_json(one) if in_json else form(one), SETTINGS) for at, one in told]


def call(told: Timed) -> Call:
    return call_of(PROVIDER, records(told))


@pytest.mark.parametrize("name", TEN)
@pytest.mark.parametrize("in_json", [False, True])
def test_ten_calls(name: str, in_json: bool) -> None:
    told, row = TEN[name]
    assert_row(call_of(PROVIDER, records(told, in_json=in_json)), row)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (MISSED, WhyMissed.NO_ANSWER),
        (BUSY, WhyMissed.BUSY),
        (OUT_MISSED, WhyMissed.UNAVAILABLE),
        (ABANDONED, WhyMissed.ABANDONED),
    ],
)
def test_why_nobody_answered(told: Timed, why: WhyMissed) -> None:
    assert summary_of(call(told)).missed_why is why


def test_a_cancelled_user_is_no_missed_call_while_a_colleague_talks() -> None:  # §1.4 [O]
    talking = call(GROUP[:6])

    assert row_of(talking).outcome == "answered"
    assert {key for key, leg in talking.legs.items() if leg.ended_at is None} == {"c-1", "c-1/102"}
    assert summary_of(talking).queues == ("sales",)


def test_a_transfer_goes_on_with_whom_it_was_passed_to() -> None:
    told = summary_of(call(TRANSFER))

    assert told.agents == ("101", "102")
    assert [(talk.legs, round((talk.until - talk.since) / 1e6)) for talk in told.talks] == [
        (("c-1", "c-1/101"), 22),
        (("c-1", "c-1/102"), 38),
    ]
    assert call(TRANSFER).transfers[0].exten == "102"


def test_the_login_says_whose_extension_it_is() -> None:
    fields = [(at, {key: value for key, value in one.items() if key != "ext"}) for at, one in ANSWERED]

    assert row_of(call(fields)).answered_by == "101"


def test_a_talk_is_as_long_as_the_history_says_where_its_end_was_lost() -> None:
    assert_row(call([ANSWERED[0], ANSWERED[1], ANSWERED[3]]), TEN["answered"][1])
    assert_row(call([ANSWERED[0], ANSWERED[3]]), TEN["answered"][1])


def test_an_outgoing_call_of_nobody_is_not_told_as_one_from_outside() -> None:
    told = [(at, one | {"ext": "", "user": "stranger"}) for at, one in OUTGOING]
    start, answered, end, history = told

    assert [PROVIDER.events(one) for one in records([start, answered, history])] == [()] * 3
    assert call([end]).legs == {}
    assert_row(call([*OUTGOING[:2], end]), TEN["outgoing"][1])  # should another have named who calls


@pytest.mark.parametrize("name", TEN)
@given(data=st.data())
def test_any_order_and_repeats_make_the_same_call(name: str, data: st.DataObject) -> None:
    told, row = TEN[name]
    heard = records(told)
    shuffled = data.draw(st.permutations([*heard, *data.draw(st.lists(st.sampled_from(heard), max_size=3))]))

    assert row_of(call_of(PROVIDER, shuffled)) == row_of(call_of(PROVIDER, heard))
    assert_row(call_of(PROVIDER, shuffled), row)


@given(st.data())
def test_late_and_lost_requests_never_break_a_call(data: st.DataObject) -> None:
    told, row = TEN[data.draw(st.sampled_from(sorted(TEN)))]
    kept = data.draw(st.lists(st.sampled_from(told), min_size=1))
    delays = data.draw(st.lists(st.floats(0, 300), min_size=len(kept), max_size=len(kept)))
    heard = [(at + late, one) for (at, one), late in zip(kept, delays, strict=True)]

    found = row_of(call(heard))
    if any(one.get("status") == "Success" for _, one in heard):
        assert (found.outcome, call(heard).is_over) == ("answered", True)
    assert found.outcome in {row.outcome, "ringing", "missed"}


@pytest.mark.parametrize("written", [form(ANSWERED[3][1]), as_json(ANSWERED[1][1])])
def test_cut_requests_tell_nothing_wrong(written: tuple[str, bytes]) -> None:
    for cut in cuts(written):
        for step in PROVIDER.events(record(PROVIDER, 1, cut, SETTINGS)):
            assert step.linkedid
