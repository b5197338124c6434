"""A call in a portal that is reached by a webhook: an activity of whoever has the number, or of a lead made for it.

The portal knows no repeat by itself: what was sent and not answered is looked for by our id of the call, when it can
no longer be on its way, before it is sent again. Of two calls of one unknown number one makes the lead.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from crm_sync.bitrix24.call import Ended
from crm_sync.bitrix24.finding import owner_there
from crm_sync.bitrix24.owner import Entity, entity_named, shared_by
from crm_sync.bitrix24.people import People
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.webhook import (
    activity_params,
    activity_search,
    found_activity,
    lead_params,
    lead_search,
)
from crm_sync.bitrix24.wire import Bad
from crm_sync.connector import Connector
from crm_sync.store import SQL as CONNECTORS
from crm_sync.store import CallThere
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.outbox.classify import NOT_YET, ErrorClass, classify
from trunkline.outbox.event import Fault, Sent

SQL: Final = load_queries("crm_sync.bitrix24")
ADD: Final = "crm.activity.add"
_SETTLES: Final = timedelta(seconds=70)
"""So long what was not answered may still be on its way: a request is given 65 seconds."""
_LAGS: Final = timedelta(minutes=10)
_SOON: Final = 5.0
_GONE: Final = "Owner"
NOBODY: Final = "nobody there has the number, and nothing is made of it: it was not written"


@dataclass(frozen=True, slots=True)
class Notes:
    """Calls in every portal; `speaks` is the language of what people read there. All methods raise Refused."""

    pool: Pool
    portals: Portals
    people: People
    speaks: Callable[[], AbstractContextManager[None]] = nullcontext

    async def tell(self, known: Connector, call: UUID, there: CallThere, told: Ended) -> tuple[str, str]:
        """What it belongs to there, and what somebody should know of that."""
        if await self.pool.fetchval(SQL["tried_at"], known.id, call) and await self.is_there(known, call):
            return "the portal had it", ""
        user = await self.people.whose(known, told.extensions)
        if user is None:
            words = "nobody of the portal is named for calls of people it does not know: choose one on the CRM's page"
            raise Refused(ADD, Bad(Fault(words, Sent.NO, code="auth_failed")))
        entity, others = await self._found(known, there.phone)
        if entity is None:
            if not known.creates:
                await self._done(known, call, "", "")
                return "", NOBODY
            entity = await self._made(known, there, user)
        activity = await self._add(known, call, there, told, entity, user)
        await self._done(known, call, activity, str(entity))
        return str(entity), shared_by(others)

    async def is_there(self, known: Connector, call: UUID) -> bool:
        """Whether the portal has what was sent to it without an answer; noted, either way."""
        tried = await self.pool.fetchval(SQL["tried_at"], known.id, call)
        if tried is None:
            return False
        if (rest := (tried + _SETTLES - self._now()).total_seconds()) > 0:
            raise _later("it was sent and not answered: the portal is asked in a minute whether it has it", rest)
        result = (await self.portals.ask(known, "crm.activity.list", activity_search(call))).result
        activity, entity = found_activity(result)
        if not activity:
            await self.pool.execute(SQL["call_absent"], known.id, call)
            return False
        await self._done(known, call, activity, entity)
        return True

    async def _found(self, known: Connector, phone: str) -> tuple[Entity | None, int]:
        """Who has the number there; or whom we made for it a moment ago."""
        entity, others = await owner_there(self.portals, known, phone)
        if entity is None:
            made = await self.pool.fetchval(SQL["client"], known.id, phone, self._now() - _LAGS)
            entity = entity_named(made or "")
        return entity, others

    async def _made(self, known: Connector, there: CallThere, user: int) -> Entity:
        """A lead of the number, made by one at a time."""
        now = self._now()
        claimed = await self.pool.fetchval(SQL["claim_client"], known.id, there.phone, now, now - _SETTLES)
        if claimed is None:
            raise _later("another call of this number is making a lead of it", _SOON)
        try:
            item = await self._lead(known, there, user)
        except Refused as refused:
            if classify(refused.bad.fault) is not ErrorClass.UNKNOWN:
                await self.pool.execute(SQL["forget_client"], known.id, there.phone)
            raise
        await self.pool.execute(SQL["keep_client"], known.id, there.phone, str(item), self._now())
        return item

    async def _lead(self, known: Connector, there: CallThere, user: int) -> Entity:
        result = (await self.portals.ask(known, "crm.item.list", lead_search(there))).result
        items = result.get("items") if isinstance(result, dict) else None
        if not items:
            with self.speaks():
                params = lead_params(there, user)
            result = (await self.portals.ask(known, "crm.item.add", params)).result
            items = [result.get("item")] if isinstance(result, dict) else []
        found = entity_named(f"LEAD {items[0].get('id')}") if items and isinstance(items[0], dict) else None
        if found is None:
            raise Refused("crm.item.add", Bad(Fault("the portal made a lead and gave it no id", Sent.MAYBE)))
        return found

    async def _add(self, known: Connector, call: UUID, there: CallThere, told: Ended, entity: Entity, user: int) -> str:
        """Once, noted before: what is answered with anything but silence leaves no doubt."""
        with self.speaks():
            params = activity_params(call, there, told, entity, user)
        await self.pool.execute(SQL["call_tried"], known.id, call, self._now())
        try:
            return _id((await self.portals.ask(known, ADD, params)).result)
        except Refused as refused:
            if classify(refused.bad.fault) is not ErrorClass.UNKNOWN:
                await self.pool.execute(SQL["call_absent"], known.id, call)
            if refused.says(_GONE):  # deleted since it was found, or made
                await self.pool.execute(SQL["forget_client"], known.id, there.phone)
                raise _later("whom it belonged to was deleted meanwhile", _SOON) from None
            raise

    async def _done(self, known: Connector, call: UUID, activity: str, entity: str) -> None:
        await self.pool.execute(CONNECTORS["call_finished"], known.id, call, self._now(), activity[:50], entity)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.portals.clock(), UTC)


def _id(result: Any) -> str:
    return str(result)[:50]


def _later(words: str, seconds: float) -> Refused:
    """Nobody's failure: of this call alone, and no attempt."""
    return Refused(ADD, Bad(Fault(words, Sent.NO, code=NOT_YET, retry_after=seconds, alone=True)))
