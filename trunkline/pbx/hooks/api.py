"""How a hosted PBX's own API is asked: the one place that sends its requests (trunkline/pbx/hooks/asking.py).

A provider's folder makes the requests and reads the answers; nothing there does I/O. What comes back is an answer or a
`Fault`, whose `sent` says whether the provider may have done what it was asked: then it is looked up, never repeated.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from yarl import URL

from trunkline.outbox.event import Fault, Sent
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.session import fault_of, retry_after, webhook_session

__all__ = ["ANSWER_SECONDS", "LONGEST_ANSWER", "Api", "ApiAnswer", "ApiRequest", "hosted_api"]


LONGEST_ANSWER: Final = 8 << 20
"""Bytes; a day of history of the busiest account is a tenth of it."""
ANSWER_SECONDS: Final = 15.0


class Api:
    """Asks over one session, whose resolver lets nothing out to private addresses the settings do not name."""

    def __init__(self, session: aiohttp.ClientSession, rules: AddressRules) -> None:
        self._session = session
        self._rules = rules

    async def ask(self, request: ApiRequest) -> ApiAnswer | Fault:
        """Ask once: no repetition, no redirect. Never raises on what the other side does."""
        try:
            self._rules.check_literal(URL(request.url).host or "")
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers={"User-Agent": "Trunkline", "Accept-Encoding": "identity", **request.headers},
                data=request.body or None,
                allow_redirects=False,
            ) as response:
                return await _read(response, request.leads_on)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            return fault_of(error)


async def _read(response: aiohttp.ClientResponse, leads_on: bool) -> ApiAnswer | Fault:
    status = response.status
    if status == 429 or (status == 503 and "Retry-After" in response.headers):
        pause = retry_after(response.headers.get("Retry-After"), time.time())
        return Fault(f"HTTP {status}", Sent.ANSWERED, status, retry_after=pause)
    if 300 <= status < 400 and leads_on:
        return ApiAnswer(status, b"", response.headers.get("Location", ""))
    if 300 <= status < 400:
        return Fault(f"HTTP {status}: redirects are not followed", Sent.ANSWERED, status)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            return Fault(f"its answer is longer than {LONGEST_ANSWER >> 20} MB", Sent.MAYBE, status)
    return ApiAnswer(status, bytes(body))


@asynccontextmanager
async def hosted_api(
    rules: AddressRules,
    *,
    answer_seconds: float = ANSWER_SECONDS,
    limit_per_host: int = 10,
    connect: float | None = None,
) -> AsyncIterator[Api]:
    """The API client of a process; what it may be told is `webhook_session`'s."""
    async with webhook_session(
        rules, answer_seconds=answer_seconds, limit_per_host=limit_per_host, connect=connect
    ) as session:
        # aiohttp repeats a GET, PUT or DELETE whose connection was lost, and has no public way to say no: a call begun
        # by a GET would ring twice.
        session._retry_connection = False
        yield Api(session, rules)
