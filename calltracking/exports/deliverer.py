"""Sends batches: one request each, no redirects. Riding the outbox they keep their order, are retried and seen to."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import aiohttp
import asyncpg
import msgspec

from calltracking.exports.conversion import Conversion, Exporter, Request
from calltracking.exports.store import SQL, find_destination, target_of
from trunkline.crypto import SecretBox, WrongKey
from trunkline.errors import NotFound
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
from trunkline.webhooks.deliverer import fault_of, retry_after

KIND: Final = "export"
_EXCERPT: Final = 1000
_LONGEST_ANSWER: Final = 64 * 1024
_RATE: Final = 5.0


class ExportDeliverer:
    """Delivers batches; `moved` sends an address elsewhere, in tests to a fake of the vendor's."""

    kinds: Mapping[str, KindPolicy] = {KIND: KindPolicy(max_attempts=62, time_limit=60.0, backoff_cap=3600.0)}

    def __init__(
        self,
        pool: asyncpg.Pool,
        box: SecretBox,
        session: aiohttp.ClientSession,
        link: str,
        *,
        moved: Callable[[str], str] = str,
    ) -> None:
        self._pool = pool
        self._box = box
        self._session = session
        self._link = link
        self._moved = moved

    def account(self, event: Event) -> Account:
        """A destination's limit and circuit are its own."""
        return Account(f"export:{event.payload['destination']}", rate=_RATE, burst=2 * _RATE)

    async def verify(self, event: Event) -> Verdict:
        """What we noted as sent is not sent again; of the rest nobody can be asked, and a double does less harm."""
        batch = await self._pool.fetchrow(SQL["batch"], UUID(event.payload["batch"]))
        return Delivered("noted as sent") if batch and batch["sent_at"] else Absent()

    async def deliver(self, event: Event) -> Outcome:
        """Build the request, send it, and note that it was taken."""
        try:
            exporter, request = await self._prepared(event)
        except (NotFound, WrongKey, ValueError) as error:
            return Failed(Fault(str(error), Sent.NO, refusal=Refusal.NEVER))
        try:
            async with self._session.request(
                request.method,
                self._moved(request.url),
                data=request.body or None,
                headers=request.headers,
                allow_redirects=False,
            ) as response:
                answer = await response.content.read(_LONGEST_ANSWER)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Failed(_without(fault_of(error), request), request=request.shown)
        return await self._told(event, exporter, request, response, answer)

    async def _prepared(self, event: Event) -> tuple[Exporter, Request]:
        async with self._pool.acquire() as connection:
            place = await find_destination(connection, UUID(event.payload["destination"]))
            if not place.may_send:
                raise ValueError(f"{place.name} is switched off, or may not be told anything abroad")
            target = await target_of(connection, self._box, place, self._link)
            rows = await connection.fetch(SQL["rows_of"], UUID(event.payload["batch"]))
        batch = [msgspec.convert(row["payload"], Conversion) for row in rows]
        if not batch:
            raise ValueError("nothing of this batch is left")
        return place.exporter, place.exporter.request(target, batch, event.payload["batch"].replace("-", ""))

    async def _told(
        self,
        event: Event,
        exporter: Exporter,
        request: Request,
        response: aiohttp.ClientResponse,
        answer: bytes,
    ) -> Outcome:
        excerpt = answer[:_EXCERPT].decode("utf-8", "replace")
        if not 200 <= response.status < 300:
            now = datetime.now(UTC).timestamp()
            pause = retry_after(response.headers.get("Retry-After"), now)
            fault = Fault(f"HTTP {response.status}", Sent.ANSWERED, response.status, retry_after=pause)
            return Failed(fault, request=request.shown, answer=excerpt)
        try:
            remote = exporter.remote_id(answer)
        except ValueError as error:
            fault = Fault(str(error), Sent.ANSWERED, refusal=Refusal.NEVER)
            return Failed(fault, request=request.shown, answer=excerpt)
        await self._pool.execute(SQL["batch_sent"], UUID(event.payload["batch"]), datetime.now(UTC), remote[:100])
        return Delivered(remote or f"HTTP {response.status}")


def _without(fault: Fault, request: Request) -> Fault:
    """An error of the connection may quote the address, and with it a secret."""
    reason = fault.reason.replace(request.hidden, "…") if request.hidden else fault.reason
    return Fault(reason, fault.sent, fault.status, fault.code, fault.refusal, fault.retry_after)
