"""Append events inside the transaction of whatever they follow from.

The caller wakes the workers after its commit: `await wake(redis, OUTBOX_WAKE)` (trunkline/outbox/wake.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.outbox.event import NewEvent

_SQL = load_queries("trunkline.outbox")


async def append(connection: Connection, stream: str, kind: str, idem: str, payload: Mapping[str, Any]) -> None:
    """Append one event; one that waits, was delivered or was given up under the same `idem` is left alone."""
    await append_many(connection, [NewEvent(stream, kind, idem, payload)])


async def append_many(connection: Connection, events: Sequence[NewEvent]) -> None:
    """Append events in their order, in two statements however many there are.

    The streams' rows come first: their locks serialise the writers of one stream, so that ids follow the order of
    commits (crm.md §6.2). They are taken in sorted order, so that two writers never wait for each other in a ring.
    """
    if not events:
        return
    await connection.execute(_SQL["touch_streams"], sorted({event.stream for event in events}))
    await connection.execute(
        _SQL["insert_events"],
        [event.stream for event in events],
        [event.kind for event in events],
        [event.idem for event in events],
        [event.payload for event in events],
    )
