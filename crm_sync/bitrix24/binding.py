"""Which events a portal posts to us: both that we take, to the address of today and to no other of ours."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from crm_sync.bitrix24.events import EVENTS
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import Good
from crm_sync.connector import Connector
from crm_sync.hooks import path_of

_BOUND: Final = "Handler already binded"
"""Of two who bind at once the second is told so, in these words of the portal's."""


async def bind(portals: Portals, known: Connector, handler: str) -> int:
    """How many events had to be bound; raises Refused. What an older address of ours was bound to is unbound."""
    told = (await portals.ask(known, "event.get", {})).result
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    bound = {(str(row.get("event", "")).upper(), str(row.get("handler", ""))) for row in rows if not _offline(row)}
    missing = [event for event in EVENTS if (event, handler) not in bound]
    for event in missing:
        try:
            await portals.ask(known, "event.bind", {"event": event, "handler": handler})
        except Refused as refused:
            if _BOUND not in refused.bad.said:
                raise
    for event, address in sorted(bound):
        if address != handler and path_of(known.id) in address:
            await portals.ask(known, "event.unbind", {"event": event, "handler": address})
    return len(missing)


async def unbind_all(ask: Callable[[str, Mapping[str, object]], Awaitable[Good]], connector: UUID) -> int:
    """How many events were unbound: those that go to any address of a connector's, and those of its queue.

    The queue is the application's: who connects it again binds it anew.
    """
    told = (await ask("event.get", {})).result
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    count = 0
    for row in rows:
        event, address = str(row.get("event", "")), str(row.get("handler", ""))
        if _offline(row) or path_of(connector) in address:
            offline = {"event_type": "offline"} if _offline(row) else {}
            await ask("event.unbind", {"event": event, "handler": address, **offline})
            count += 1
    return count


def _offline(row: dict[str, object]) -> bool:
    return str(row.get("offline", 0)) == "1"
