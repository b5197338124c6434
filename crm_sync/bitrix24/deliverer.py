"""Delivers to the portals: what the outbox holds of calls and lines, one portal's request after another."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final
from uuid import UUID

import msgspec

from crm_sync import delivering
from crm_sync.bitrix24.call import Ended
from crm_sync.bitrix24.calls import Calls
from crm_sync.bitrix24.finding import Owners
from crm_sync.bitrix24.limiting import MORE, admit_one, bucket
from crm_sync.bitrix24.news import CARDS, FINISHED, LINE, REGISTERED
from crm_sync.bitrix24.noting import Notes
from crm_sync.bitrix24.people import People
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.connector import Connector
from crm_sync.delivering import Untold, outcome_of
from crm_sync.store import SQL, CallThere, call_there
from trunkline.db.types import Pool
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

_LIVE: Final = KindPolicy(max_attempts=1500, time_limit=90.0, backoff_cap=30.0)
_DAY: Final = KindPolicy(max_attempts=300, time_limit=90.0, backoff_cap=300.0)
"""The back-off takes up to half away: the last attempt of both comes after six hours of refusals at the earliest. A
portal that does not answer at all costs few of them: its circuit is open then."""
SYNC_RESERVE: Final = 20.0
"""Tokens of the portal's bucket that calls find, however much else there is to tell."""


def bucket_of(event: Event, reserve: float = 0.0) -> Account:
    """That of the portal."""
    enterprise = bool(event.payload.get("enterprise"))
    return bucket(f"bitrix24:{event.payload['portal']}", enterprise=enterprise, reserve=reserve + MORE)


def begin(event: Event, *, verifying: bool = False) -> None:
    """Its first request was let through; one that was verified before has had it."""
    if verifying or not event.unsure:
        admit_one()


async def connector_of(pool: Pool, event: Event) -> Connector:
    """Whom it is to be told; raises Untold."""
    async with pool.acquire() as connection:
        return await delivering.connector_of(connection, event, event.payload["portal"])


class Bitrix24Deliverer:
    """Delivers to every Bitrix24 that is connected."""

    kinds: Mapping[str, KindPolicy] = {REGISTERED: _LIVE, CARDS: _LIVE, FINISHED: _DAY, LINE: _DAY}

    def __init__(
        self, pool: Pool, portals: Portals, speaks: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._pool = pool
        self._portals = portals
        people = People(pool, portals)
        self._calls = Calls(pool, portals, people, Owners(pool, portals))
        self._notes = Notes(pool, portals, people, speaks)

    def account(self, event: Event) -> Account:
        """The portal's."""
        return bucket_of(event, SYNC_RESERVE if event.kind == LINE else 0.0)

    async def verify(self, event: Event) -> Verdict:
        """A registration may be repeated for half an hour: the portal knows it again. Of a call that is over, as of its
        end, it is asked whether it has it: after a restore it may be days old.
        """
        begin(event, verifying=True)
        if event.kind not in {REGISTERED, FINISHED}:
            return Absent()
        return await outcome_of(self._find(event))

    async def deliver(self, event: Event) -> Outcome:
        """By its kind."""
        begin(event)
        return await outcome_of(self._line(event) if event.kind == LINE else self._tell(event))

    async def _find(self, event: Event) -> Verdict:
        known, call, there = await self._asked(event)
        if event.kind == REGISTERED and (there.goes_on or known.by_webhook):
            return Absent()
        done = there.finished_at is not None or await (
            self._notes.is_there(known, call) if known.by_webhook else self._calls.has_ended(known, call, there)
        )
        return Delivered("the portal had it") if done else Absent()

    async def _tell(self, event: Event) -> Outcome:
        known, call, there = await self._asked(event)
        if there.finished_at is not None:
            return Delivered("told before")
        if known.by_webhook and event.kind != FINISHED:
            return Delivered("by a webhook it is told when it is over")
        if event.kind == REGISTERED:
            return await self._register(event, known, call, there)
        if event.kind == CARDS:
            return await self._cards(known, call, there)
        told = msgspec.convert(event.payload["ended"], Ended)
        tell = self._notes.tell if known.by_webhook else self._calls.finish
        return Delivered(*await tell(known, call, there, told))

    async def _asked(self, event: Event) -> tuple[Connector, UUID, CallThere]:
        known, call = await connector_of(self._pool, event), UUID(event.payload["call"])
        try:
            async with self._pool.acquire() as connection:
                return known, call, await call_there(connection, known.id, call)
        except NotFound as error:
            raise Untold(str(error)) from None

    async def _register(self, event: Event, known: Connector, call: UUID, there: CallThere) -> Outcome:
        """What the portal refuses for good is a warning: the end registers anew, and is the one to be given up."""
        if there.remote_id is not None:
            return Delivered("told before")
        try:
            return Delivered(*await self._calls.register(known, call, there, tuple(event.payload["extensions"])))
        except Refused as refused:
            if classify(refused.bad.fault) is not ErrorClass.PERMANENT:
                raise
            return Delivered(warning=refused.bad.fault.reason)

    async def _cards(self, known: Connector, call: UUID, there: CallThere) -> Outcome:
        if there.remote_id is None:
            return Delivered("there is no card yet")
        return Delivered(f"seen by {await self._calls.show(known, call, there)}")

    async def _line(self, event: Event) -> Outcome:
        """One of ours, by the name people know it by now: add it, or rename the one that is there."""
        known, number = await connector_of(self._pool, event), str(event.payload["number"])
        if known.by_webhook:
            return Delivered("a webhook may not tell of lines")
        row = await self._pool.fetchrow(SQL["line_named"], known.id, number)
        if row is None or row["name"] == row["told"]:
            return Delivered("told before" if row else "no line of ours any more")
        said = {"NUMBER": number, "NAME": row["name"]}
        try:
            await self._portals.ask(known, "telephony.externalLine.add", said)
        except Refused as refused:
            if not refused.says("Line already exists"):
                raise
            await self._portals.ask(known, "telephony.externalLine.update", said)
        await self._pool.execute(SQL["keep_line"], known.id, number, row["name"])
        return Delivered(number)
