"""What a home-made CRM is told of a call as it goes on, as events of the outbox; and the kinds of all. No I/O here.

All of one call ride in one stream, in their order; each has a name of its own, so that it is noted once however often
we look at the call.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from crm_sync.generic.fields import ANSWERED, BEGUN, CLOSED, ENDED, RECORDING, TAKEN, TEXT, TOUCHED
from trunkline.outbox.event import NewEvent
from trunkline.recorded.talk import RecordedTalk

KINDS: Final[Mapping[str, str]] = {
    BEGUN: "generic.begun",
    ANSWERED: "generic.answered",
    ENDED: "generic.finish",
    RECORDING: "generic.record",
    TEXT: "generic.transcript",
    TOUCHED: "generic.lead_touched",
    TAKEN: "generic.lead_taken",
    CLOSED: "generic.lead_closed",
}
"""Of the outbox, by the event they tell of."""
EVENT_OF: Final[Mapping[str, str]] = {kind: event for event, kind in KINDS.items()}


def call_began(row: Mapping[str, Any]) -> list[NewEvent]:
    """Of one that is first noted: its answer came before where nobody saw it ring."""
    return [event_of(row, BEGUN, "begun"), *call_answered(row)] if BEGUN in row["tells"] else call_answered(row)


def call_answered(row: Mapping[str, Any]) -> list[NewEvent]:
    """That somebody talks, once, whoever it is handed to later."""
    is_told = ANSWERED in row["tells"] and row["answered_by"]
    return [event_of(row, ANSWERED, "answered")] if is_told else []


def call_ended(row: Mapping[str, Any]) -> list[NewEvent]:
    """How it ended."""
    return [*call_answered(row), *([event_of(row, ENDED, "finish")] if ENDED in row["tells"] else [])]


def recording_ready(row: Mapping[str, Any], one: RecordedTalk, *, final: bool) -> list[NewEvent]:
    """Of a row of `told_of_call`: a link to the sound, and its text where no other recording may still be chosen."""
    recording = str(one.id)
    events = []
    if RECORDING in row["tells"]:
        events.append(event_of(row, RECORDING, f"record:{recording}:{one.version}", recording=recording))
    if TEXT in row["tells"] and row["records"] == "text" and one.has_text and final:
        events.append(event_of(row, TEXT, "transcript", recording=recording))
    return events


def event_of(row: Mapping[str, Any], event: str, what: str, **said: Any) -> NewEvent:
    """Of a call, in its stream; `row` names the connector, its address and the call."""
    stream = f"generic:{row['connector_id']}:call:{row['call_id']}"
    told = {"connector": str(row["connector_id"]), "account": urlsplit(row["portal"]).netloc}
    return NewEvent(stream, KINDS[event], f"{stream}:{what}", told | {"call": str(row["call_id"]), **said})


def key_of(subject: str, event: str, version: str = "") -> str:
    """By what the receiver knows a repeat: the same for ever, whoever sends it again."""
    return f"{subject}:{event}" + (f":{version}" if version else "")
