"""Delivers to home-made CRMs: one signed post an event, as its mapping shapes it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_sync.connector import Connector
from crm_sync.delivering import Untold, connector_of, outcome_of
from crm_sync.generic.fields import ANSWERED, BEGUN, CLOSED, ENDED, TAKEN, TOUCHED
from crm_sync.generic.mapping import Shape
from crm_sync.generic.news import EVENT_OF, KINDS, key_of
from crm_sync.generic.receiver import Post, Receivers, Refused
from crm_sync.generic.shaping import body_of
from crm_sync.generic.store import SQL, facts_of, lead_facts_of, mapping_of
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Sent,
    Verdict,
)

DAY: Final = KindPolicy(max_attempts=600, time_limit=30.0, backoff_cap=300.0)
"""The back-off takes up to half away: the last attempt comes after a day of refusals at the earliest."""
_RATE, _BURST, _RESERVE = 20.0, 40.0, 20.0
_LIVE: Final = frozenset({KINDS[BEGUN], KINDS[ANSWERED]})


@dataclass(frozen=True, slots=True)
class Asked:
    """What an event of the outbox is about, as it is now."""

    event: Event
    name: str
    known: Connector
    subject: UUID
    shape: Shape
    facts: Mapping[str, Any]


class GenericDeliverer(ABC):
    """Tells of something. A receiver takes repeats: what it has already it knows by its key."""

    kinds: Mapping[str, KindPolicy]

    def __init__(self, receivers: Receivers, zone: ZoneInfo) -> None:
        self._receivers = receivers
        self._zone = zone

    def account(self, event: Event) -> Account:
        """Of calls that go on the limit keeps some."""
        reserve = 0.0 if event.kind in _LIVE else _RESERVE
        return Account(f"generic:{event.payload['account']}", _RATE, _BURST, reserve=reserve)

    async def verify(self, _event: Event) -> Verdict:
        """Nothing is asked: it is sent again under the same key."""
        return Absent()

    async def deliver(self, event: Event) -> Outcome:
        return await outcome_of(self._told(event))

    async def _told(self, event: Event) -> Outcome:
        async with self._receivers.reach.pool.acquire() as connection:
            asked = await self._asked(connection, event)
        return await self._tell(asked)

    @abstractmethod
    async def _tell(self, asked: Asked) -> Outcome:
        """Post what is asked for. Raises Untold, Refused."""

    async def _post(self, asked: Asked, key: str, more: Mapping[str, Any]) -> str:
        """What the receiver calls it. Raises Refused."""
        facts = {**asked.facts, **more, "event": asked.name, "key": key, "at": asked.event.created_at}
        return await self._receivers.send(asked.known, Post(asked.name, key, *body_of(asked.shape, facts, self._zone)))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._receivers.reach.clock(), UTC)

    async def _asked(self, connection: Connection, event: Event) -> Asked:
        name = EVENT_OF[event.kind]
        known = await connector_of(connection, event, event.payload["account"])
        try:
            shape = await mapping_of(connection, known.id)
        except InvalidInput as error:  # kept by another version of Trunkline: nothing is lost while a person mends it
            words = f"the mapping cannot be read: {error}"
            raise Refused(Failed(Fault(words[:500], Sent.NO, code="no_portal"))) from None
        if name not in shape.events:
            raise Untold("its mapping does not ask for this any more", is_usual=True)
        try:
            subject, facts = await self._facts(connection, known, event)
        except NotFound as error:
            raise Untold(str(error)) from None
        return Asked(event, name, known, subject, shape, facts)

    async def _facts(self, connection: Connection, known: Connector, event: Event) -> tuple[UUID, Mapping[str, Any]]:
        """What it is about, a call unless said otherwise, and what is known of that; raises NotFound."""
        call = UUID(event.payload["call"])
        return call, await facts_of(connection, known, call)


class CallDeliverer(GenericDeliverer):
    """Tells of calls as they go on."""

    kinds: Mapping[str, KindPolicy] = {KINDS[one]: DAY for one in (BEGUN, ANSWERED, ENDED)}

    async def _tell(self, asked: Asked) -> Outcome:
        entity = await self._post(asked, key_of(str(asked.subject), asked.name), {})
        if asked.name == ENDED:
            told = (asked.known.id, asked.subject, self._now(), entity)
            await self._receivers.reach.pool.execute(SQL["call_told"], *told)
        return Delivered(entity or "taken")


class LeadDeliverer(GenericDeliverer):
    """Tells of what happened to leads that were opened here."""

    kinds: Mapping[str, KindPolicy] = {KINDS[one]: DAY for one in (TOUCHED, TAKEN, CLOSED)}

    async def _facts(self, connection: Connection, known: Connector, event: Event) -> tuple[UUID, Mapping[str, Any]]:
        lead, touch = UUID(event.payload["lead"]), event.payload.get("touch")
        return lead, await lead_facts_of(connection, known, lead, UUID(touch) if touch else None)

    async def _tell(self, asked: Asked) -> Outcome:
        key = key_of(str(asked.subject), asked.name, asked.event.payload.get("touch", ""))
        return Delivered(await self._post(asked, key, {}) or "taken")
