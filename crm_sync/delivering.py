"""What deliverers to CRMs have in common: whom an event is for, and what the outbox is told of how it went."""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from crm_sync.answer import Unsent
from crm_sync.connector import Connector
from crm_sync.store import find_connector
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.outbox.event import Delivered, Event, Failed, Fault, Refusal, Sent

T = TypeVar("T")


class Untold(Exception):
    """There is nobody to tell any more, or nothing; where that is usual nobody need be warned."""

    def __init__(self, why: str, *, is_usual: bool = False) -> None:
        super().__init__(why)
        self.is_usual = is_usual


async def connector_of(connection: Connection, event: Event, host: str) -> Connector:
    """Whom an event is for, where it is still at `host` as when that was written; raises Untold."""
    try:
        known = await find_connector(connection, UUID(event.payload["connector"]))
    except NotFound:
        raise Untold("the CRM was removed; nothing was sent") from None
    if known.host != host:
        raise Untold("the CRM has another address now; nothing was sent")
    if not known.active:
        raise Untold("the CRM is switched off; nothing was sent")
    return known


async def outcome_of(told: Awaitable[T]) -> T | Delivered | Failed:
    """What came of it, whoever is told; a content that a person has mended may lack something."""
    try:
        return await told
    except Untold as untold:
        return Delivered(str(untold)) if untold.is_usual else Delivered(warning=str(untold))
    except Unsent as unsent:
        return unsent.failed
    except (KeyError, ValueError) as error:
        return Failed(Fault(f"what is to be sent is not whole: {error}", Sent.NO, refusal=Refusal.NEVER))
