"""The demo company's people at their leads: they take them, call, plan, and close them, over the API as programs do.

What is done, and when, is a matter of the lead's fate (`fates.py`); the oldest ones that nobody has are left to whoever
plays the demo, for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import aiohttp
import msgspec

from trunkline.demo.fates import Deed, Lead, Look, due, fate_of
from trunkline.log import get_logger

log = get_logger(__name__)

_EVERY_SECONDS: Final = 6.0
_PAGE: Final = 200
_MOST_PAGES: Final = 5
_AT_ONCE: Final = 12
"""Deeds of a round: a demo that was started again catches up little by little."""
_LEFT: Final = 3
_LEFT_FOR: Final = timedelta(minutes=45)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


class _Page(msgspec.Struct):
    items: list[Lead]
    next: str | None


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works here: `chief` is a token that may do everything to leads, `tokens` are those of colleagues who take
    them, and `yours` the people whose passwords are told.
    """

    chief: str
    tokens: Sequence[str]
    yours: frozenset[UUID]


@dataclass(slots=True)
class Desk:
    """`api` is the private listener's address, `call` rings a client up; `began` is when the demo was started."""

    api: str
    staff: Staff
    call: Callable[[str], Awaitable[None]]
    began: datetime
    _called: set[UUID] = field(default_factory=set)

    async def run(self) -> None:
        """For ever."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError, msgspec.DecodeError):  # it is being started again
                    await self.one_round(session, datetime.now(UTC))
                await asyncio.sleep(_EVERY_SECONDS)

    async def one_round(self, session: aiohttp.ClientSession, now: datetime) -> None:
        """What is due now, as much of it as a round takes."""
        leads = await self._open(session)
        self._called &= {one.id for one in leads}
        left, done = self._left(leads, now), 0
        for lead in leads:
            look = Look(lead, fate_of(lead.id), now, self.staff.yours, lead.id in self._called)
            deed = None if lead.id in left else due(look)
            if deed is None:
                continue
            await self._do(session, look, deed)
            done += 1
            if done == _AT_ONCE:
                return

    def _left(self, leads: Sequence[Lead], now: datetime) -> set[UUID]:
        """The oldest that nobody has: there is always one to take."""
        free = sorted((one for one in leads if one.taken_at is None), key=lambda one: (one.opened_at, one.id))
        return {one.id for one in free[:_LEFT] if now - max(one.opened_at, self.began) < _LEFT_FOR}

    async def _open(self, session: aiohttp.ClientSession) -> list[Lead]:
        """Every open lead, the nearest clock first; not more than so many pages."""
        found, cursor = list[Lead](), ""
        for _ in range(_MOST_PAGES):
            query = {"show": "open", "limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
            async with session.get(
                f"{self.api}/api/v1/leads", params=query, headers=_bearer(self.staff.chief)
            ) as answer:
                if answer.status != 200:
                    log.debug("demo_leads_refused", status=answer.status)
                    return found
                page = msgspec.json.decode(await answer.read(), type=_Page)
            found += page.items
            cursor = page.next or ""
            if not cursor:
                break
        return found

    async def _do(self, session: aiohttp.ClientSession, look: Look, deed: Deed) -> None:
        lead = look.lead
        if deed.what == "call":
            self._called.add(lead.id)
            await self.call(lead.phone)
            return
        token = (
            self.staff.tokens[look.fate.colleague % len(self.staff.tokens)] if deed.what == "take" else self.staff.chief
        )
        address = f"{self.api}/api/v1/leads/{lead.id}/{deed.what}"
        headers = _bearer(token) | {"Content-Type": "application/json"}
        async with session.post(address, data=msgspec.json.encode(deed.body), headers=headers) as answer:
            if answer.status != 200:  # somebody was there first
                log.debug("demo_deed_refused", what=deed.what, status=answer.status)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
