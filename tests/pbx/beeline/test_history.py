"""The ten calls of the test company as Beeline's statistics tell them: the same records, as far as they go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calls.test_alike import SETTINGS, found, heard
from tests.fakes.beeline import halves, lines
from tests.pbx.hooks.company import CALLS, Played, told
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.summary import Summary, summary_of
from trunkline.calls.untold import missing_in
from trunkline.pbx.beeline.found import Line, Recorded
from trunkline.pbx.hooks.history import renamed
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord

PLAYED = [one for one in CALLS if halves(one)]
each_call = pytest.mark.parametrize("played", PLAYED, ids=lambda one: one.name)


def summed(*records: HookRecord) -> Summary:
    steps = sorted((step for one in records for step in told_by(one)), key=lambda step: step.order)
    return summary_of(advance(Call("cloud", steps[0].linkedid), *steps))


@each_call
@pytest.mark.parametrize("named", [{}, {"externalTrackingId": "t-1"}], ids=["nameless", "named"])
def test_ten_calls(played: Played, named: dict[str, str]) -> None:
    (record,) = found(*lines(played, **named))
    summary = summed(record)

    assert told(summary) == played.wanted
    assert summary.talk == pytest.approx(played.talk, abs=1)
    assert summary.ended_at is not None
    assert record.request.text("call").startswith("t-1" if named else "~")


@each_call
def test_statistics_add_nothing_to_a_call_its_events_told(played: Played) -> None:
    known = sorted((step for one in heard(*halves(played)) for step in told_by(one)), key=lambda step: step.order)
    call = advance(Call("cloud", known[0].linkedid), *known)
    row = told_by(renamed(found(*lines(played))[0], call.linkedid))

    assert missing_in(call, row, frozenset(step.step_id for step in row)) == []


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("9160000004")
_NAMES = ["startDate", "date", "duration", "direction", "status", "phone_from", "phone_to", "phone", "id", "externalId"]


@given(
    st.dictionaries(st.sampled_from([*_NAMES, "externalTrackingId"]), _VALUES),
    st.dictionaries(st.just("userId"), _VALUES),
)
def test_whatever_a_line_holds_is_read(line: dict[str, object], abonent: dict[str, object]) -> None:
    told = {**line, "abonent": abonent}
    assert Recorded(told).is_of([Line(told)]) in {True, False}
    if Line(told).is_whole:
        for record in found(told):
            assert all(step.pbx == "cloud" for step in told_by(record))
            assert record.settings == SETTINGS
