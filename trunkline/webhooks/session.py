"""How others are asked over HTTP: a session that reaches permitted addresses alone, and how far a request came.

It knows no database, so that every process may ask.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime

import aiohttp

from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.webhooks.address import AddressRules, ForbiddenAddress, GuardedResolver

_CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0


@asynccontextmanager
async def webhook_session(
    rules: AddressRules,
    *,
    answer_seconds: float = ANSWER_SECONDS,
    limit_per_host: int = 10,
    connect: float | None = None,
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that resolves to permitted addresses only and keeps no cookies.

    A request over `limit_per_host` (0: none) waits for a connection, `connect` seconds at most: None is as long as for
    the answer.
    """
    connector = aiohttp.TCPConnector(resolver=GuardedResolver(rules), ttl_dns_cache=30, limit_per_host=limit_per_host)
    timeout = aiohttp.ClientTimeout(total=answer_seconds, connect=connect, sock_connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        yield session


def fault_of(error: BaseException) -> Fault:
    """How far a request came that ended in `error`."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match error:
        case _ if isinstance(cause, ForbiddenAddress):
            return Fault(str(cause), Sent.NO, refusal=Refusal.NEVER, code="forbidden_address")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            # A bad certificate, which may be mended, is a ValueError, too. A time-out's text has the whole address,
            # with numbers and keys in it.
            late = isinstance(error, aiohttp.ConnectionTimeoutError)
            return Fault("no connection in time" if late else f"no connection: {error}", Sent.NO)
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError() | ValueError():
            return Fault("not an address a request can be sent to", Sent.NO, refusal=Refusal.NEVER)
        case TimeoutError():
            return Fault("no answer in time", Sent.MAYBE)
        case aiohttp.ClientResponseError():  # its repr has the address and the headers of the request: our keys
            return Fault(f"no readable answer: {error.message[:100]!r}", Sent.MAYBE)
        case _:
            return Fault(f"connection lost: {error!r}", Sent.MAYBE)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3): a number, or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)
    except (ValueError, OverflowError):  # no date, or one of no era
        return None
