"""Delivers to the accounts: what the outbox holds of calls that ring, and that are over."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from crm_sync.amocrm.account import LIVE, SYNC, Accounts, Refused
from crm_sync.amocrm.call import Ended
from crm_sync.amocrm.calls import Calls
from crm_sync.amocrm.cards import Cards
from crm_sync.amocrm.news import CALL, CARD
from crm_sync.amocrm.store import CallThere, call_there
from crm_sync.connector import Connector
from crm_sync.delivering import Untold, connector_of, outcome_of
from trunkline.errors import NotFound
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    KindPolicy,
    Outcome,
    Verdict,
)

_DAY: Final = KindPolicy(max_attempts=300, time_limit=90.0, backoff_cap=300.0)
"""The back-off takes up to half away: the last attempt comes after half a day of refusals at the earliest."""
_LIVE: Final = KindPolicy(max_attempts=30, time_limit=40.0, backoff_cap=5.0)
"""Of a call that is over by then nothing is shown any more."""
_RATE, _BURST = 1.0, 3.0
"""Calls: each takes three or four requests of the seven in a second, which are counted where they are sent."""
_THERE: Final = "amoCRM had it"


class AmocrmDeliverer:
    """Delivers to every account that is connected."""

    kinds: Mapping[str, KindPolicy] = {CALL: _DAY, CARD: _LIVE}

    def __init__(self, accounts: Accounts, calls: Calls, cards: Cards) -> None:
        self._accounts = accounts
        self._calls = calls
        self._cards = cards

    def account(self, event: Event) -> Account:
        reserve = LIVE if event.kind == CARD else SYNC
        return Account(f"amocrm:{event.payload['account']}", _RATE, _BURST, reserve=reserve)

    async def verify(self, event: Event) -> Verdict:
        """What was sent without an answer is looked for; what was never sent is not there."""
        if event.kind == CARD:
            return Absent()  # whoever may have it already is left out
        return await outcome_of(self._find(event))

    async def deliver(self, event: Event) -> Outcome:
        """By its kind."""
        return await outcome_of(self._told(event))

    async def _find(self, event: Event) -> Verdict:
        known, call, there = await self._asked(event)
        if there.finished_at is not None:
            return Delivered(_THERE)
        is_there = there.tried_at is not None and await self._calls.is_there(known, call, there)
        return Delivered(_THERE) if is_there else Absent()

    async def _told(self, event: Event) -> Outcome:
        known, call, there = await self._asked(event)
        if there.finished_at is not None:
            return Delivered("told before")
        if event.kind == CARD:
            return await self._card(known, call)
        return await self._tell(known, call, there, msgspec.convert(event.payload["ended"], Ended))

    async def _tell(self, known: Connector, call: UUID, there: CallThere, told: Ended) -> Outcome:
        """Looks for it first where a try is still open, whoever sends it again."""
        if there.tried_at is not None and await self._calls.is_there(known, call, there):
            return Delivered(_THERE)
        entity, warning = await self._calls.tell(known, call, there, told)
        return Delivered(entity, warning)

    async def _card(self, known: Connector, call: UUID) -> Outcome:
        """What the account refuses for good is a warning: nobody would mend a card."""
        try:
            return Delivered(f"seen by {await self._cards.show(known, call)}")
        except Refused as refused:
            if classify(refused.bad.fault) is not ErrorClass.PERMANENT:
                raise
            return Delivered(warning=refused.bad.fault.reason)

    async def _asked(self, event: Event) -> tuple[Connector, UUID, CallThere]:
        call = UUID(event.payload["call"])
        async with self._accounts.reach.pool.acquire() as connection:
            known = await connector_of(connection, event, event.payload["account"])
            try:
                return known, call, await call_there(connection, known.id, call)
            except NotFound as error:
                raise Untold(str(error)) from None
