"""Finds whose a number is in an account, and remembers what was made for it while the search does not find that yet."""

from dataclasses import dataclass
from typing import Final

from crm_sync.amocrm.account import Accounts, Refused
from crm_sync.amocrm.call import COMPANIES, CONTACTS
from crm_sync.amocrm.matching import (
    Entity,
    Match,
    active_of,
    chosen,
    leads_of,
    match_of,
    matches_of,
    placed,
    query_of,
    told_entity,
)
from crm_sync.amocrm.store import SQL
from crm_sync.amocrm.wire import UNKNOWN_HERE, Query
from crm_sync.connector import Connector

_WITH: Final[tuple[str, str]] = ("with", "leads,customers")
_PAGE: Final = 250
_MOST_LEADS: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    """Where a call belongs; `others` is how many more have the number."""

    entity: Entity
    others: int


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients of every account; all methods raise Refused."""

    accounts: Accounts

    async def place(self, known: Connector, phone: str) -> Found | None:
        """Where a call of `phone` belongs; None where nobody has it."""
        matches = await self.matches(known, phone)
        if not matches:
            return None
        active = await self._active(known, matches)
        one = chosen(matches, active)
        assert one is not None
        await self.remember(known, phone, one.entity)
        return Found(placed(one, active), len(matches) - 1)

    async def matches(self, known: Connector, phone: str) -> list[Match]:
        """Contacts that have it, or companies where no contact has, or whom we saw or made ourselves.

        The search lags behind what was written (crm.md §3.3): two calls in a minute would make two leads.
        """
        for kind in (CONTACTS, COMPANIES):
            query: Query = [("query", query_of(phone)), _WITH, ("limit", _PAGE)]
            if found := matches_of(kind, await self.accounts.read(known, kind, query), phone):
                return found
        remembered = await self._remembered(known, phone)
        return [remembered] if remembered else []

    async def entities(self, known: Connector, phone: str) -> list[Entity]:
        """Everything a call of `phone` may have been noted at."""
        matches = await self.matches(known, phone)
        leads = [Entity("leads", lead) for lead in leads_of(matches, 5)]
        return [*leads, *(match.entity for match in matches)]

    async def remember(self, known: Connector, phone: str, entity: Entity) -> None:
        """Who has the number."""
        await self.accounts.reach.pool.execute(SQL["keep_client"], known.id, phone, str(entity), self.accounts.now)

    async def _remembered(self, known: Connector, phone: str) -> Match | None:
        """Whom we saw last with the number, where he is there still and has it still."""
        pool = self.accounts.reach.pool
        entity = told_entity(await pool.fetchval(SQL["client"], known.id, phone) or "")
        if entity is None:
            return None
        try:
            row = await self.accounts.read(known, f"{entity.kind}/{entity.id}", [_WITH])
        except Refused as refused:
            if not refused.says(UNKNOWN_HERE):
                raise
            row = None
        match = match_of(entity.kind, row, phone)
        if match is None:
            await pool.execute(SQL["forget_client"], known.id, phone)
        return match

    async def _active(self, known: Connector, matches: list[Match]) -> frozenset[int]:
        leads = leads_of(matches, _MOST_LEADS)
        if not leads:
            return frozenset()
        query: Query = [("limit", _PAGE), *((f"filter[id][{place}]", lead) for place, lead in enumerate(leads))]
        return active_of(await self.accounts.read(known, "leads", query))
