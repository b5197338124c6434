"""What onlinePBX's webhooks make of ten calls; fixtures after pbx.md §1.7, no real traffic."""

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
from trunkline.pbx.onlinepbx import PROVIDER

Timed = Sequence[tuple[float, dict[str, Any]]]


def hook(
    event: str, callee: str = "101", *, caller: str = CLIENT, direction: str = "inbound", **more: str
) -> dict[str, Any]:
    """§1.7 [O] for the fields of the first two events, [T] for those of the ends."""
    fields = {"domain": "company.onpbx.ru", "event": f"call_{event}", "direction": direction, "uuid": "d02d3dd1"}
    return fields | {"caller": caller, "callee": callee, "gateway": LINE, "date": "1772434800"} | more


def ended(callee: str, talked: int, **more: str) -> dict[str, Any]:
    return hook("end", callee, dialog_duration=str(talked), call_duration="99", hangup_cause="NORMAL_CLEARING", **more)


def missed(cause: str, callee: str = "101", **more: str) -> dict[str, Any]:
    return hook("missed", callee, dialog_duration="0", call_duration="20", hangup_cause=cause, **more)


OUT = {"caller": "101", "direction": "outbound"}
LOCAL = {"caller": "101", "direction": "local", "gateway": ""}
IN = ("in", f"+{CLIENT}", f"+{LINE}")
TEN: dict[str, tuple[Timed, Row]] = {
    "answered": (
        [(0, hook("start")), (8, hook("answered")), (68, ended("101", 60))],
        Row(*IN, "answered", "101", 60),
    ),
    "missed": ([(0, hook("start")), (25, missed("NO_ANSWER"))], Row(*IN, "missed")),
    "busy": ([(0, hook("start")), (1, missed("USER_BUSY"))], Row(*IN, "missed")),
    "outgoing": (
        [
            (0, hook("start", CLIENT, **OUT)),
            (12, hook("answered", CLIENT, **OUT)),
            (42, ended(CLIENT, 30, **OUT)),
        ],
        Row("out", f"+{CLIENT}", f"+{CLIENT}", "answered", f"+{CLIENT}", 30),
    ),
    "outgoing unanswered": (
        [(0, hook("start", CLIENT, **OUT)), (20, missed("NO_ANSWER", CLIENT, **OUT))],
        Row("out", f"+{CLIENT}", f"+{CLIENT}", "missed"),
    ),
    "group": (
        [(0, hook("start", LINE)), (9, hook("answered", "102")), (29, ended("102", 20))],
        Row(*IN, "answered", "102", 20),
    ),
    "abandoned": ([(0, hook("start")), (5, missed("ORIGINATOR_CANCEL"))], Row(*IN, "missed")),
    "refused": ([(0, hook("start", LINE)), (0.1, missed("CALL_REJECTED", LINE))], Row(*IN, "missed")),
    "internal": (
        [
            (0, hook("start", "102", **LOCAL)),
            (3, hook("answered", "102", **LOCAL)),
            (13, ended("102", 10, **LOCAL)),
        ],
        Row("internal", "", "102", "answered", "102", 10),
    ),
    "only the end": ([(68, ended("101", 60))], Row(*IN, "answered", "101", 60)),
}


def records(told: Timed, *, in_form: bool = False) -> list[HookRecord]:
    return [record(PROVIDER, at, form(one) if in_form else as_json(one)) for at, one in told]


def call(told: Timed) -> Call:
    return call_of(PROVIDER, records(told))


@pytest.mark.parametrize("name", TEN)
@pytest.mark.parametrize("in_form", [False, True])  # §1.7: both are taken
def test_ten_calls(name: str, in_form: bool) -> None:
    told, row = TEN[name]
    assert_row(call_of(PROVIDER, records(told, in_form=in_form)), row)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missed", WhyMissed.NO_ANSWER),
        ("busy", WhyMissed.BUSY),
        ("abandoned", WhyMissed.ABANDONED),
        ("refused", WhyMissed.UNAVAILABLE),
    ],
)
def test_why_nobody_answered(name: str, why: WhyMissed) -> None:
    assert summary_of(call(TEN[name][0])).missed_why is why


def test_a_colleagues_missed_ring_ends_no_talk() -> None:
    start, answered, end = TEN["answered"][0]
    told = [start, answered, (9, missed("NO_ANSWER", "102")), end]

    assert_row(call(told), TEN["answered"][1])


def test_an_end_that_came_too_early_is_mended_by_the_end_with_a_talk() -> None:
    start, answered, end = TEN["answered"][0]
    told = [start, (4, missed("NO_ANSWER", "102")), answered, end]

    assert_row(call(told), TEN["answered"][1])


def test_an_end_without_a_length_ends_what_was_heard() -> None:
    told = [*TEN["answered"][0][:2], (68, hook("end"))]

    assert_row(call(told), TEN["answered"][1])


def test_an_outgoing_call_of_nobody_is_not_told_as_one_from_outside() -> None:
    nobody = {"caller": LINE, "direction": "outbound"}
    told = [(0, hook("start", CLIENT, **nobody)), (12, hook("answered", CLIENT, **nobody))]
    end = [(42, ended(CLIENT, 30, **nobody))]

    assert [PROVIDER.events(one) for one in records([*told, (20, missed("NO_ANSWER", CLIENT, **nobody))])] == [()] * 3
    assert call(end).legs == {}
    assert_row(call([*TEN["outgoing"][0][:2], *end]), TEN["outgoing"][1])  # should another have named who calls


@pytest.mark.parametrize("name", TEN)
@given(data=st.data())
def test_any_order_and_repeats_make_the_same_call(name: str, data: st.DataObject) -> None:
    told, row = TEN[name]
    heard = records(told)
    shuffled = data.draw(st.permutations([*heard, *data.draw(st.lists(st.sampled_from(heard), max_size=3))]))

    assert_row(call_of(PROVIDER, shuffled), row)


@given(st.data())
def test_late_and_lost_webhooks_never_break_a_call(data: st.DataObject) -> None:
    told, row = TEN[data.draw(st.sampled_from(sorted(TEN)))]
    kept = data.draw(st.lists(st.sampled_from(told), min_size=1))
    delays = data.draw(st.lists(st.floats(0, 300), min_size=len(kept), max_size=len(kept)))
    heard = [(at + late, one) for (at, one), late in zip(kept, delays, strict=True)]

    found = row_of(call(heard))
    if any(one.get("dialog_duration", "0") != "0" for _, one in heard):
        assert (found.outcome, call(heard).is_over) == ("answered", True)
    assert found.outcome in {row.outcome, "ringing", "missed"}


def test_cut_webhooks_tell_nothing_wrong() -> None:
    fields = TEN["answered"][0][2][1]
    for cut in (*cuts(form(fields)), *cuts(as_json(fields))):
        assert all(step.linkedid for step in PROVIDER.events(record(PROVIDER, 1, cut)))
