"""The ten calls of the test company as Beeline's statistics tell them: the same records, as far as they go."""

from collections.abc import Sequence
from typing import Any

import msgspec
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
from trunkline.pbx.beeline.history import HISTORY
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.history import renamed
from trunkline.pbx.hooks.port import Account
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


def test_a_busy_days_recordings_are_not_all_looked_at_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of both would stop the worker for minutes."""
    looks: list[Recorded] = []
    is_of = Recorded.is_of

    def counted(one: Recorded, lines: Sequence[Line]) -> bool:
        looks.append(one)
        return is_of(one, lines)

    monkeypatch.setattr(Recorded, "is_of", counted)
    who: dict[str, Any] = {"abonent": {"userId": "a@b"}, "direction": "INBOUND", "duration": 5000}
    told = [{**who, "phone_from": f"9160000{number}", "startDate": 1_786_006_800_000} for number in range(100, 400)]
    told[0]["externalTrackingId"] = "t-1"
    kept = [
        {**who, "phone": one["phone_from"], "date": one["startDate"], "id": place} for place, one in enumerate(told)
    ]
    kept[0] = {**kept[0], "externalId": "t-1", "phone": "9161111111"}
    talk = HISTORY.rows(Account("cloud", {}, {"token": "t"}), 0, 1, {})
    next(talk)
    answers: list[list[dict[str, Any]]] = [told[at : at + 100] for at in range(0, 300, 100)] + [[]]
    answers += [kept[at : at + 100] for at in range(0, 300, 100)] + [[]]
    *first, last = [
        ApiAnswer(200, msgspec.json.encode([{**one, "status": "RECIEVED"} for one in answer])) for answer in answers
    ]
    for answer in first:
        talk.send(answer)
    with pytest.raises(StopIteration) as done:
        talk.send(last)

    found = [row.told["records"] for row in done.value.value]
    assert sorted(one for own in found for one in own) == sorted(str(place) for place in range(300))
    assert max(map(len, found)) == 1
    assert len(looks) <= 301


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
