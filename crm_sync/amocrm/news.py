"""What an account is told of a call, as events of the outbox: whom it rings at, and its end. No I/O here."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from crm_sync.amocrm.call import ended
from trunkline.outbox.event import NewEvent

CALL: Final = "amocrm.call"
CARD: Final = "amocrm.card"
RECORD: Final = "amocrm.record"


def call_ended(row: Mapping[str, Any]) -> list[NewEvent]:
    """A note, or an unsorted lead.

    The stream is the client's: two calls of one number at once, each told before the other is seen there, would make
    two leads of him (crm.md §8). The number itself is in no stream's name, for those stand in logs.
    """
    connector = str(row["connector_id"])
    said = _said(row) | {"ended": msgspec.to_builtins(ended(row))}
    client = blake2b(f"{connector}{row['client']}".encode(), digest_size=8).hexdigest()
    idem = f"amocrm:{connector}:call:{row['call_id']}:finish"
    return [NewEvent(f"amocrm:{connector}:client:{client}", CALL, idem, said)]


def told_again(row: Mapping[str, Any]) -> NewEvent:
    """The same of one that was told, and is not there."""
    (event,) = call_ended(row)
    return replace(event, idem=f"{event.idem}:again")


def call_rings(row: Mapping[str, Any], seatings: int) -> list[NewEvent]:
    """A card before whom it rings at now, of a call to us; in a stream of its own, for the call before it may wait."""
    if row["direction"] != "in" or not set(row["seats"]).difference(row["told"]):
        return []
    stream = f"amocrm:{row['connector_id']}:call:{row['call_id']}"
    return [NewEvent(stream, CARD, f"{stream}:card:{seatings}", _said(row))]


def recorded(row: Mapping[str, Any], recording: UUID, version: str) -> NewEvent:
    """A link to its recording; in a stream of the call's, for the work on it may take long."""
    stream = f"amocrm:{row['connector_id']}:call:{row['call_id']}"
    said = _said(row) | {"recording": str(recording)}
    return NewEvent(stream, RECORD, f"{stream}:record:{recording}:{version}", said)


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """Which call, and what the outbox finds the account's limit by."""
    account = urlsplit(row["portal"]).netloc
    return {"connector": str(row["connector_id"]), "account": account, "call": str(row["call_id"])}
