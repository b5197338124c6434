"""What a portal is told of a call as it goes on, as events of the outbox. No I/O here."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from crm_sync.bitrix24.call import begun, ended
from trunkline.outbox.event import NewEvent
from trunkline.recorded.talk import RecordedTalk

REGISTERED: Final = "bitrix24.register"
CARDS: Final = "bitrix24.cards"
FINISHED: Final = "bitrix24.finish"
LINE: Final = "bitrix24.line"
RECORD: Final = "bitrix24.record"
TRANSCRIPT: Final = "bitrix24.transcript"


def call_began(row: Mapping[str, Any]) -> list[NewEvent]:
    """It is registered, its card opened before all it rings at, and its line told where that is news.

    By a webhook nothing of that may be done.
    """
    if row["by_webhook"]:
        return []
    events = [event_of(row, REGISTERED, "register", extensions=list(begun(row)))]
    if len(row["seats"]) > 1:  # the registration opens one card, of the first
        events.append(event_of(row, CARDS, "cards:1"))
    if row["line_is_news"]:  # in a stream of its own: the call need not wait, and no other writer's line is locked
        stream = f"bitrix24:{row['connector_id']}:line:{row['line']}:{row['call_id']}"
        events.append(NewEvent(stream, LINE, stream, account_of(row) | {"number": row["line"]}))
    return events


def call_seated(row: Mapping[str, Any], seatings: int) -> list[NewEvent]:
    """Its card opens before some, and closes before others."""
    return [] if row["by_webhook"] else [event_of(row, CARDS, f"cards:{seatings}")]


def call_ended(row: Mapping[str, Any]) -> list[NewEvent]:
    """Its end closes every card."""
    return [event_of(row, FINISHED, "finish", ended=msgspec.to_builtins(ended(row)))]


def call_recorded(row: Mapping[str, Any], one: RecordedTalk, *, final: bool) -> list[NewEvent]:
    """Of a row of `told_of_call`. The sound may be replaced there, so it waits for no other; the text may not."""
    events = [event_of(row, RECORD, f"record:{one.id}:{one.version}", recording=str(one.id))]
    if row["records"] == "text" and one.has_text and final:
        events.append(event_of(row, TRANSCRIPT, "transcript", recording=str(one.id)))
    return events


def event_of(row: Mapping[str, Any], kind: str, what: str, **said: Any) -> NewEvent:
    """Of a call, in its stream: `row` names the connector, its portal and the call."""
    stream = f"bitrix24:{row['connector_id']}:call:{row['call_id']}"
    return NewEvent(stream, kind, f"{stream}:{what}", account_of(row) | {"call": str(row["call_id"]), **said})


def account_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the outbox finds the portal's limit by."""
    host = urlsplit(row["portal"]).netloc
    return {"connector": str(row["connector_id"]), "portal": host, "enterprise": row["enterprise"]}
