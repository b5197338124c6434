"""Delivers webhooks: one signed POST each, no redirects, only to permitted addresses."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import aiohttp
import asyncpg
import msgspec
from yarl import URL

from trunkline.crypto import SecretBox, WrongKey
from trunkline.errors import NotFound
from trunkline.outbox.event import (
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Unknowable,
    Verdict,
)
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.session import ANSWER_SECONDS, fault_of, retry_after, webhook_session
from trunkline.webhooks.signature import HEADER, sign
from trunkline.webhooks.store import KIND, Endpoint, endpoint

__all__ = ["WebhookDeliverer", "fault_of", "retry_after", "webhook_session"]

_EXCERPT = 1000
_RATE = 20.0


class WebhookDeliverer:
    """The receiver must take repeats: every delivery carries `Trunkline-Delivery`, the same each time it is sent."""

    # The back-off takes up to half of an hour away: the last of these comes after a day at the earliest.
    kinds: Mapping[str, KindPolicy] = {
        KIND: KindPolicy(max_attempts=62, time_limit=ANSWER_SECONDS + 5, backoff_cap=3600.0)
    }

    def __init__(
        self,
        pool: asyncpg.Pool,
        box: SecretBox,
        session: aiohttp.ClientSession,
        rules: AddressRules,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._box = box
        self._session = session
        self._rules = rules
        self._clock = clock

    def account(self, event: Event) -> Account:
        return Account(f"webhook:{event.payload['endpoint']}", rate=_RATE, burst=2 * _RATE)

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        try:
            async with self._pool.acquire() as connection:
                target = await endpoint(connection, UUID(event.payload["endpoint"]))
        except NotFound:
            return Delivered(warning="the endpoint was removed; nothing was sent")
        if not target.active:
            return Delivered(warning="the endpoint is switched off; nothing was sent")
        try:
            return await self._post(target, event)
        except WrongKey:
            return _refused("the endpoint's secret cannot be opened with this installation's key", target)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            return Failed(fault_of(error), request=_request(target))

    async def _post(self, target: Endpoint, event: Event) -> Outcome:
        # Sent again by hand it keeps its name: by it a receiver knows what it has.
        delivery = event.payload.get("delivery", event.idem)
        body = msgspec.json.encode({
            "id": delivery,
            "event": event.payload["event"],
            "at": event.payload["at"],
            "data": event.payload["data"],
        })  # fmt: skip
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Trunkline",
            "Trunkline-Event": event.payload["event"],
            "Trunkline-Delivery": delivery,
            HEADER: sign(self._box.open(target.secret), body, int(self._clock())),
        }
        self._rules.check_literal(URL(target.url).host or "")
        async with self._session.post(target.url, data=body, headers=headers, allow_redirects=False) as response:
            return _outcome(response, await _excerpt(response), target)


def _outcome(response: aiohttp.ClientResponse, answer: str, target: Endpoint) -> Outcome:
    if 200 <= response.status < 300:
        odd = "html" in response.headers.get("Content-Type", "").lower()
        return Delivered(
            f"HTTP {response.status}", "answered with a web page: is this the right address?" if odd else ""
        )
    reason = f"HTTP {response.status}"
    if 300 <= response.status < 400:
        reason += f" to {response.headers.get('Location', '?')[:200]}: redirects are not followed"
    pause = retry_after(response.headers.get("Retry-After"), datetime.now(UTC).timestamp())
    fault = Fault(reason, Sent.ANSWERED, response.status, retry_after=pause)
    return Failed(fault, request=_request(target), answer=answer)


def _refused(reason: str, target: Endpoint) -> Failed:
    return Failed(Fault(reason, Sent.NO, refusal=Refusal.NEVER), request=_request(target))


def _request(target: Endpoint) -> str:
    """Without path and query: they may hold a secret of the receiver's."""
    return f"POST {URL(target.url).origin()}/…"


async def _excerpt(response: aiohttp.ClientResponse) -> str:
    try:
        raw = await response.content.read(_EXCERPT)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return ""  # the status line is the answer
    return raw.decode("utf-8", "replace")
