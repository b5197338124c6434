"""The same ten calls over every hosted PBX, and what each of them has to come out as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks.port import Provider
from trunkline.pbx.hooks.record import HookRecord

START: Final = 1_786_006_800_000_000
"""2026-08-06 12:00:00 in Moscow, µs; 1786006800 as Unix time."""
CLIENT, LINE, CALLED = "+79160000004", "+74951234567", "+79160000009"


@dataclass(frozen=True)
class Sent:
    """One request, `after` seconds of the call's beginning."""

    after: float
    path: str = ""
    query: str = ""
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    method: str = "POST"


@dataclass(frozen=True)
class Wanted:
    """A call record."""

    direction: Direction
    caller: str
    to: str
    outcome: Outcome
    answered_by: str = ""
    talk: float = 0.0
    rang: tuple[str, ...] | None = field(default=None)


TEN: Final[Mapping[str, Wanted]] = {
    "answered": Wanted(Direction.IN, CLIENT, LINE, Outcome.ANSWERED, "102", 60),
    "missed": Wanted(Direction.IN, CLIENT, LINE, Outcome.MISSED),
    "busy": Wanted(Direction.IN, CLIENT, LINE, Outcome.MISSED),
    "transferred": Wanted(Direction.IN, CLIENT, LINE, Outcome.ANSWERED, "101", 90),
    "outgoing": Wanted(Direction.OUT, "101", CALLED, Outcome.ANSWERED, CALLED, 30),
    "outgoing unanswered": Wanted(Direction.OUT, "101", CALLED, Outcome.MISSED),
    "group": Wanted(Direction.IN, CLIENT, LINE, Outcome.ANSWERED, "102", 45, ("101", "102")),
    "abandoned": Wanted(Direction.IN, CLIENT, LINE, Outcome.MISSED),
    "spam refused": Wanted(Direction.IN, CLIENT, LINE, Outcome.MISSED, rang=()),
    "internal": Wanted(Direction.INTERNAL, "101", "102", Outcome.ANSWERED, "102", 20),
}


def records(provider: Provider, sent: Sequence[Sent], settings: Mapping[str, Any]) -> list[HookRecord]:
    """As they lie in the spool."""
    return [
        HookRecord(
            "cloud",
            provider.name,
            START + int(one.after * 1e6),
            one.content_type,
            one.method,
            one.path,
            one.query,
            one.body,
            settings=dict(settings),
        )
        for one in sent
    ]


def folded(provider: Provider, heard: Sequence[HookRecord]) -> Call:
    """As the applier folds them, one by one as they come."""
    call = Call("cloud", next((key for one in heard if (key := provider.call_of(one.request))), ""))
    for record in heard:
        known = {step.step_id for step in call.steps}
        events = (one for one in provider.events(record) if one.step_id not in known)
        call = advance(call, *sorted(events, key=lambda one: one.order))
    return call


def told(provider: Provider, sent: Sequence[Sent], settings: Mapping[str, Any]) -> Summary:
    """The record of the call of `sent`."""
    return summary_of(folded(provider, records(provider, sent, settings)))


def same(found: Summary, name: str) -> None:
    """`found` is the call `name`, talk to the second."""
    wanted = TEN[name]
    record = (found.direction, found.caller, found.dialled, found.outcome, found.answered_by)
    assert record == (wanted.direction, wanted.caller, wanted.to, wanted.outcome, wanted.answered_by)
    assert found.talk == pytest.approx(wanted.talk, abs=1)
    assert wanted.rang is None or found.rang == wanted.rang
    assert found.ended_at is not None
