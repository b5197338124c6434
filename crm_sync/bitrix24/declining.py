"""Tells a portal the end of calls that were begun there and that we did not make."""

from collections.abc import Mapping
from typing import Final

import msgspec

from crm_sync.bitrix24.call import FINISH, STATISTIC, Ended, finish_params
from crm_sync.bitrix24.deliverer import begin, bucket_of, connector_of
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import NO_USER, NOT_FOUND
from crm_sync.clicking import DECLINED
from crm_sync.connector import Connector
from crm_sync.delivering import Untold, outcome_of
from crm_sync.store import SQL
from trunkline.db.types import Pool
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    KindPolicy,
    Outcome,
    Verdict,
)

_POLICY: Final = KindPolicy(max_attempts=300, time_limit=90.0, backoff_cap=300.0)
"""Six hours of refusals at the earliest, as with other ends."""


class DeclineDeliverer:
    """Delivers why nobody was rung, as the end of the portal's own call."""

    kinds: Mapping[str, KindPolicy] = {DECLINED: _POLICY}

    def __init__(self, pool: Pool, portals: Portals) -> None:
        self._pool = pool
        self._portals = portals

    def account(self, event: Event) -> Account:
        """The portal's: somebody waits before its card."""
        return bucket_of(event)

    async def verify(self, event: Event) -> Verdict:
        """The portal's statistics have what was finished."""
        begin(event, verifying=True)
        return await outcome_of(self._find(event))

    async def deliver(self, event: Event) -> Outcome:
        """Once: the portal has forgotten a call that it does not find, or ended it itself."""
        begin(event)
        return await outcome_of(self._tell(event))

    async def _find(self, event: Event) -> Verdict:
        known = await connector_of(self._pool, event)
        asked = {"FILTER": {"CALL_ID": event.payload["remote"]}}
        rows = (await self._portals.ask(known, STATISTIC, asked)).result
        return Delivered("the portal had it") if rows else Absent()

    async def _tell(self, event: Event) -> Outcome:
        try:
            await self._finish(await connector_of(self._pool, event), event)
        except Refused as refused:
            if not refused.says(NOT_FOUND):
                raise
            return Delivered("the portal had ended it")
        return Delivered(f"not called: {event.payload['ended']['code']}")

    async def _finish(self, known: Connector, event: Event) -> None:
        """As the one who clicked; where he is none there any more, as whoever such calls are for."""
        if known.by_webhook:
            raise Untold("by a webhook no call of the portal's may be ended; nothing was sent")
        told, user = msgspec.convert(event.payload["ended"], Ended), int(event.payload["user"])
        try:
            await self._portals.ask(known, FINISH, finish_params(event.payload["remote"], user, told))
        except Refused as refused:
            other: int | None = await self._pool.fetchval(SQL["fallback_user"], known.id)
            if not refused.says(NO_USER) or other is None or other == user:
                raise
            await self._portals.ask(known, FINISH, finish_params(event.payload["remote"], other, told))
