"""Requests of hosted PBXs as tests write them down, and what they make of a call, whatever the provider."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.summary import summary_of
from trunkline.pbx.hooks.port import Provider
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest

BEGAN = 1_772_434_800_000_000
"""2026-03-02 07:00:00 UTC, µs: when the calls begin."""
CLIENT, LINE = "79161234567", "74951234567"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Row:
    """What a call record has to say, whoever tells it; `talk` in seconds, of an unanswered call 0."""

    direction: str
    client: str
    dialled: str
    outcome: str
    answered_by: str = ""
    talk: float = 0.0


def form(fields: Mapping[str, object]) -> tuple[str, bytes]:
    """The fields as a form."""
    return FORM, urlencode(dict(fields)).encode()


def as_json(fields: Mapping[str, object]) -> tuple[str, bytes]:
    """The fields as JSON."""
    return "application/json", json.dumps(fields, ensure_ascii=False).encode()


def request(written: tuple[str, bytes], **more: Any) -> HookRequest:
    """A request so written; `more` are fields of `HookRequest`."""
    headers = {"content-type": written[0], **more.pop("headers", {})}
    return HookRequest(headers=headers, body=written[1], **more)


def record(
    provider: Provider, second: float, written: tuple[str, bytes], settings: Mapping[str, Any] | None = None
) -> HookRecord:
    """What lies in the spool of a request that came `second` after the call began."""
    received = BEGAN + int(second * 1e6)
    return HookRecord(
        "cloud", provider.name, received, written[0], "POST", "", "", written[1], settings=dict(settings or {})
    )


def call_of(provider: Provider, records: Iterable[HookRecord]) -> Call:
    """The one call of which `records` tell, each applied as it comes."""
    call: Call | None = None
    for one in records:
        for event in provider.events(one):
            call = call or Call(event.pbx, event.linkedid)
            if all(step.step_id != event.step_id for step in call.steps):  # as the applier takes a repeat
                call = advance(call, event)
    assert call is not None
    return call


def row_of(call: Call) -> Row:
    """What its record says."""
    told = summary_of(call)
    return Row(
        told.direction.value, told.client, told.dialled, told.outcome.value, told.answered_by, round(told.talk, 1)
    )


def assert_row(call: Call, wanted: Row) -> None:
    """The record is as wanted, the talk within a second."""
    assert call.is_over
    found = row_of(call)
    assert Row(**{**vars(found), "talk": wanted.talk}) == wanted
    assert abs(found.talk - wanted.talk) <= 1


def cuts(written: tuple[str, bytes]) -> Sequence[tuple[str, bytes]]:
    """The same bytes cut at every offset."""
    return [(written[0], written[1][:offset]) for offset in range(len(written[1]))]
