"""The ten calls of the company in Mango's extended statistics: alone, and beside events of which some were lost.

How they are asked for is told in tests/pbx/hooks/test_histories.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.mango import ENTRY, FORM, USERS, called_back, played, statistics, webhook
from tests.pbx.hooks.company import CALLS, START, Played, told
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.events import Event
from trunkline.calls.summary import summary_of
from trunkline.calls.untold import missing_in
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.history import Row, Trouble, record_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.mango.history import HISTORY

LATER = START + 3_600_000_000


def found(call: Played) -> list[Event]:
    """What a row of the statistics tells, read an hour later."""
    row = Row(ENTRY, START, {"line": statistics(call), "users": USERS})
    return sorted(told_by(record_of("cloud", "mango", row, {}, LATER)), key=lambda event: event.order)


def heard(call: Played, backs: bool = False) -> list[list[Event]]:
    """What each of its events tells."""
    sent = called_back(call, "dial-1") if backs else played(call)
    bodies = [(START + int(at * 1e6), path, webhook(said)) for at, path, said in sent]
    records = [HookRecord("cloud", "mango", at, FORM, "POST", path, "", body) for at, path, body in bodies]
    return [sorted(told_by(one), key=lambda event: event.order) for one in records]


def folded(events: list[Event], history: list[Event]) -> Call:
    """As the applier folds them: events as they came, the history an hour later."""
    call = advance(Call("cloud", ENTRY), *events)
    return advance(call, *missing_in(call, history, frozenset(event.step_id for event in history)))


@pytest.mark.parametrize("call", CALLS, ids=lambda one: one.name)
def test_a_call_nobody_told_of(call: Played) -> None:
    summary = summary_of(folded([], found(call)))

    assert told(summary) == call.wanted
    assert summary.talk == pytest.approx(call.talk, abs=1)
    assert summary.ended_at == START + int(call.ends) * 1_000_000
    assert not summary.is_partial


@pytest.mark.parametrize("call", CALLS, ids=lambda one: one.name)
@pytest.mark.parametrize("kept", [1, 2])
def test_a_call_whose_later_events_were_lost(call: Played, kept: int) -> None:
    events = [event for told_together in heard(call)[:kept] for event in told_together]
    summary = summary_of(folded(events, found(call)))

    assert told(summary) == call.wanted
    assert summary.talk == pytest.approx(call.talk, abs=1)


@pytest.mark.parametrize("backs", [False, True], ids=["by hand", "called back"])
@pytest.mark.parametrize("call", CALLS, ids=lambda one: one.name)
def test_a_call_that_was_told_whole_stays_as_it_was_told(call: Played, backs: bool) -> None:
    if backs and not call.agent:
        return
    events = [event for told_together in heard(call, backs) for event in told_together]

    assert summary_of(folded(events, found(call))) == summary_of(folded(events, []))


_NAMES = sorted({*statistics(CALLS[0]), *statistics(CALLS[0])["context_calls"][0]["members"][0], "members", "list"})
_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["group", "number"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=5),
    max_leaves=12,
)


@given(lines=st.lists(_ANY, max_size=3), data=_ANY, users=_ANY)
def test_whatever_it_answers_is_rows_or_trouble(lines: Sequence[Any], data: Any, users: Any) -> None:
    """And what a row tells is told without a fault."""
    for page in (data, [{"list": [statistics(CALLS[0]), *lines]}]):
        talk = HISTORY.rows(Account("cloud", {"key": "k"}, {"salt": "s"}), START, LATER, {})
        answers: Sequence[Mapping[str, Any]] = (
            {"key": "k"},
            {"result": 1000, "status": "complete", "data": page},
            {"users": users},
        )
        try:
            next(talk)
            for answer in answers:
                talk.send(ApiAnswer(200, msgspec.json.encode(answer)))
        except StopIteration as done:
            for row in done.value:
                record = record_of("cloud", "mango", row, {}, LATER)
                told_by(record)
                recordings_of(record)
        except Trouble:
            pass
