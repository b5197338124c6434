"""A history adds what webhooks did not tell: an end of one telephone, or one meant for nobody, is no call's end."""

from collections.abc import Mapping, Sequence

import pytest

from tests.pbx.hooks.heard import BEGAN, CLIENT, LINE
from tests.pbx.megafon import test_told as megafon
from tests.pbx.onlinepbx import test_told as onlinepbx
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.events import Event
from trunkline.calls.summary import summary_of
from trunkline.calls.untold import missing_in
from trunkline.pbx.hooks.history import Row, record_of
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord

SECOND = 1_000_000
PARTIES = {"uuid": "d02d3dd1", "caller_id_number": CLIENT, "destination_number": "102", "gateway": LINE}


def megafon_found(status: str, user: str, talked: int) -> HookRecord:
    line = {"uid": "c-1", "type": "in", "status": status, "client": CLIENT, "user": user, "diversion": LINE}
    told = line | {"start": "2026-03-02T07:00:00Z", "wait": 8, "duration": talked}
    return record_of("cloud", "megafon", Row("c-1", 0, {"line": told}), megafon.SETTINGS, BEGAN + 3600 * SECOND)


def onlinepbx_found(talked: int) -> HookRecord:
    start = BEGAN // SECOND
    told = {"start_stamp": start, "end_stamp": start + 8 + talked, "user_talk_time": talked, "accountcode": "inbound"}
    row = Row("d02d3dd1", 0, {"line": PARTIES | told | {"hangup_cause": "NORMAL_CLEARING" if talked else "NO_ANSWER"}})
    return record_of("cloud", "onlinepbx", row, {}, BEGAN + 3600 * SECOND)


def events(records: Sequence[HookRecord]) -> list[Event]:
    return sorted((event for one in records for event in told_by(one)), key=lambda event: event.order)


def read(heard: Sequence[HookRecord], history: HookRecord) -> tuple[Call, list[Event]]:
    """The call after its webhooks and then the history, and what the history added."""
    known, found = events(heard), events([history])
    call = advance(Call("cloud", found[0].linkedid), *known)
    added = missing_in(call, found, frozenset(event.step_id for event in found))
    return advance(call, *added), added


RUNG_ONCE = megafon.records([(0, megafon.event("INCOMING", "101")), (16, megafon.event("CANCELLED", "101"))])
START, ANSWERED = (0, onlinepbx.hook("start", "101")), (8, onlinepbx.hook("answered", "102"))
LOST: Mapping[str, tuple[Sequence[HookRecord], HookRecord, tuple[str, str, float]]] = {
    "one of a group, missed": (RUNG_ONCE, megafon_found("missed", "admin", 25), ("missed", "", 0)),
    "one of a group, answered": (RUNG_ONCE, megafon_found("success", "ivanov", 60), ("answered", "102", 60)),
    "a colleague's ring while one talks": (
        onlinepbx.records([START, ANSWERED, (9, onlinepbx.missed("NO_ANSWER", "101"))]),
        onlinepbx_found(60),
        ("answered", "102", 60),
    ),
    "a missed ring before the talk": (
        onlinepbx.records([START, (4, onlinepbx.missed("NO_ANSWER", "101"))]),
        onlinepbx_found(60),
        ("answered", "102", 60),
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_an_end_that_is_not_the_calls_keeps_no_history_out(name: str) -> None:
    heard, history, wanted = LOST[name]
    call, _ = read(heard, history)
    told = summary_of(call)

    assert call.is_over
    assert (told.outcome, told.answered_by) == wanted[:2]
    assert told.talk == pytest.approx(wanted[2], abs=1)


@pytest.mark.parametrize(
    ("heard", "history"),
    [
        (megafon.records(megafon.ANSWERED[:3]), megafon_found("success", "admin", 60)),
        (megafon.records(megafon.MISSED), megafon_found("missed", "admin", 25)),
        (megafon.records(megafon.GROUP), megafon_found("success", "ivanov", 20)),
        (onlinepbx.records(onlinepbx.TEN["answered"][0]), onlinepbx_found(60)),
        (onlinepbx.records(onlinepbx.TEN["missed"][0]), onlinepbx_found(0)),
    ],
)
def test_a_call_that_was_told_whole_takes_nothing(heard: Sequence[HookRecord], history: HookRecord) -> None:
    assert read(heard, history)[1] == []
