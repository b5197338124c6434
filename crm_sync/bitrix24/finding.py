"""Who has a call's number in a portal, before the call is registered: by the mirror, else by asking the portal.

What is asked is one request more of the bucket for a call that rings. So it is asked only where the mirror knows not
exactly one, where few calls wait to be registered, and where the bucket has room; else the portal chooses by itself.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from crm_sync.bitrix24.items import refusal_of
from crm_sync.bitrix24.limiting import bucket
from crm_sync.bitrix24.owner import Entity, chosen, mirrored, searches
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.connector import Connector
from crm_sync.store import CallThere
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.log import get_logger

log = get_logger(__name__)

SQL: Final = load_queries("crm_sync.bitrix24")
_ROOM: Final = 20.0
"""Tokens that stay in the portal's bucket for calls."""
_MOST_WAITING: Final = 5
"""Of more calls that ring at once and are not registered yet, none waits for a search."""
_SECONDS: Final = 3.0
"""A telephone rings twenty; the card is open before that."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Of numbers in every portal."""

    pool: Pool
    portals: Portals

    async def of_call(self, known: Connector, there: CallThere) -> tuple[Entity | None, int]:
        """Whose it is, and how many others have its number; None leaves it to the portal. Never fails for the portal's
        sake: a call that rings is registered all the same.
        """
        rows = await self.pool.fetch(SQL["mirrored"], known.id, known.account, there.phone)
        found = mirrored(row["external_id"] for row in rows)
        if found is not None:
            return found, 0
        if not await self._may_ask(known, there):
            return None, 0
        try:
            async with asyncio.timeout(_SECONDS):
                return await owner_there(self.portals, known, there.phone)
        except (Refused, TimeoutError) as error:
            log.warning("crm_owner_not_found", connector=known.name, error=str(error) or type(error).__name__)
            return None, 0

    async def _may_ask(self, known: Connector, there: CallThere) -> bool:
        waiting = await self.pool.fetchval(SQL["unregistered"], known.id, there.started_at, _MOST_WAITING + 1)
        if waiting > _MOST_WAITING:
            return False
        limiter = self.portals.limiter
        account = bucket(known.account, enterprise=known.enterprise, reserve=_ROOM)
        return limiter is None or await limiter.offer(account)


async def owner_there(portals: Portals, known: Connector, phone: str) -> tuple[Entity | None, int]:
    """Whose a number is by the portal's own search, and how many others have it; one request. Raises Refused."""
    asked = searches(phone)
    answer = (await portals.ask(known, "batch", {"halt": 1, "cmd": asked})).result
    answer = answer if isinstance(answer, dict) else {}
    for place, kind in enumerate(asked):
        if (bad := refusal_of(answer.get("result_error"), kind, place)) is not None:
            raise Refused("crm.duplicate.findbycomm", bad)
    return chosen(answer.get("result"))
