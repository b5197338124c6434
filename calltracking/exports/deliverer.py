"""Sends batches: one request each, no redirects. Riding the outbox they keep their order, are retried and seen to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.exports.conversion import Conversion, Exporter, Request, Target
from calltracking.exports.sending import Answer, NoAnswer, Sender
from calltracking.exports.store import SQL, find_destination, target_of
from calltracking.exports.whys import CANCELLED, REFUSED
from trunkline.crypto import SecretBox, WrongKey
from trunkline.errors import NotFound, TrunklineError
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Verdict,
)

KIND: Final = "export"
_EXCERPT: Final = 1000
_LONGEST_WHY: Final = 200
_RATE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be sent: rows in their order, and the destination with its open secret."""

    id: UUID
    exporter: Exporter
    target: Target
    rows: tuple[tuple[UUID, Conversion], ...]
    shown: str = ""
    """The request, for people."""

    def request(self, target: Target) -> Request:
        """With the secret, or the token, of `target`; raises ValueError."""
        return self.exporter.request(target, [one for _, one in self.rows], self.id.hex)


class _NothingLeft(TrunklineError):
    """There is nothing to send any more."""


class ExportDeliverer:
    """Delivers batches."""

    kinds: Mapping[str, KindPolicy] = {KIND: KindPolicy(max_attempts=62, time_limit=60.0, backoff_cap=3600.0)}

    def __init__(self, pool: asyncpg.Pool, box: SecretBox, sender: Sender, link: str) -> None:
        self._pool = pool
        self._box = box
        self._sender = sender
        self._link = link

    def account(self, event: Event) -> Account:
        """A destination's limit and circuit are its own."""
        return Account(f"export:{event.payload['destination']}", rate=_RATE, burst=2 * _RATE)

    async def verify(self, event: Event) -> Verdict:
        """What we noted as sent is not sent again; of the rest nobody can be asked, and a double does less harm.

        Google does none: it knows an event by its transaction id.
        """
        batch = await self._pool.fetchrow(SQL["batch"], UUID(event.payload["batch"]))
        return Delivered("noted as sent") if batch and batch["sent_at"] else Absent()

    async def deliver(self, event: Event) -> Outcome:
        """Build the request, send it, and note that it was taken."""
        try:
            batch = await self._prepared(event)
            answer = await self._sender.ask(batch.exporter, batch.target, batch.request)
        except _NothingLeft as error:
            return Delivered(str(error))
        except (NotFound, WrongKey, ValueError) as error:
            return Failed(Fault(str(error), Sent.NO, refusal=Refusal.NEVER))
        except NoAnswer as error:
            return Failed(error.fault, request=batch.shown)
        return await (self._taken(batch, answer) if answer.good else self._refused(batch, answer))

    async def _prepared(self, event: Event) -> Batch:
        """Without payments that were cancelled meanwhile; raises _NothingLeft where it held no other."""
        identifier = UUID(event.payload["batch"])
        async with self._pool.acquire() as connection:
            place = await find_destination(connection, UUID(event.payload["destination"]))
            if not place.may_send:
                raise ValueError(f"{place.name} is switched off, or may not be told anything abroad")
            target = await target_of(connection, self._box, place, self._link)
            if cancelled := [row["id"] for row in await connection.fetch(SQL["cancelled_in"], identifier)]:
                await connection.execute(SQL["leave_out_of_batch"], identifier, cancelled, [CANCELLED] * len(cancelled))
            rows = await connection.fetch(SQL["rows_of"], identifier)
        if not rows:
            raise _NothingLeft("nothing of it is left to be told")
        told = tuple((row["id"], msgspec.convert(row["payload"], Conversion)) for row in rows)
        batch = Batch(identifier, place.exporter, target, told)
        return replace(batch, shown=batch.request(target).shown)

    async def _taken(self, batch: Batch, answer: Answer) -> Outcome:
        try:
            remote = batch.exporter.remote_id(answer.body)
        except ValueError as error:
            fault = Fault(str(error), Sent.ANSWERED, refusal=Refusal.NEVER)
            return Failed(fault, request=batch.shown, answer=_excerpt(answer))
        await self._pool.execute(SQL["batch_sent"], batch.id, datetime.now(UTC), remote[:100])
        return Delivered(remote or f"HTTP {answer.status}")

    async def _refused(self, batch: Batch, answer: Answer) -> Outcome:
        """Rows that are named are left out and the rest goes again; where all or none is, a person must look."""
        told = batch.exporter.refused(answer.body)
        reason = f"HTTP {answer.status}: {told.words}" if told.words else f"HTTP {answer.status}"
        fault = Fault(reason, Sent.ANSWERED, answer.status, retry_after=answer.pause)
        named = [(batch.rows[place][0], why) for place, why in told.rows.items() if place < len(batch.rows)]
        if answer.status == 400 and 0 < len(named) < len(batch.rows):
            ids, whys = zip(*named, strict=True)
            await self._pool.execute(
                SQL["leave_out_of_batch"], batch.id, ids, [f"{REFUSED}{why}"[:_LONGEST_WHY] for why in whys]
            )
            fault = replace(fault, refusal=Refusal.LATER)
        return Failed(fault, request=batch.shown, answer=_excerpt(answer))


def _excerpt(answer: Answer) -> str:
    return answer.body[:_EXCERPT].decode("utf-8", "replace")
