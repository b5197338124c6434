"""One signed question to a home-made CRM for a page of its records.

Signed as posts are, over the path and query in place of a body; never redirected, never to another host.
"""

from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from yarl import URL

from crm_sync.clocks import skew_of
from crm_sync.connector import Connector
from crm_sync.generic.payload import Unreadable, document_of
from crm_sync.generic.receiver import Receivers, Refused
from trunkline.outbox.event import Failed, Fault, Refusal, Sent
from trunkline.webhooks.address import ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of, retry_after
from trunkline.webhooks.signature import HEADER, sign

SECONDS: Final = 60.0
_LARGEST: Final = 10 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What is there; `skew` is how many seconds the CRM's clock is ahead of ours."""

    document: Any
    skew: float


async def fetch(receivers: Receivers, known: Connector, address: str) -> Answer:
    """What is at an address that begins with `/`, on the CRM's own host. Raises Refused."""
    reach, url = receivers.reach, _url(known, address)
    signed = sign(await receivers.secret(known.id), url.raw_path_qs.encode(), int(reach.clock()))
    headers = {"User-Agent": "Trunkline", "Accept": "application/json, text/csv", HEADER: signed}
    try:
        reach.rules.check_literal(url.host or "")
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with reach.session.get(url, headers=headers, allow_redirects=False, timeout=timeout) as answer:
            if answer.status != 200:
                pause = retry_after(answer.headers.get("Retry-After"), reach.clock())
                raise _refused(f"HTTP {answer.status}", status=answer.status, pause=pause)
            skew = skew_of(answer.headers.get("Date"), reach.clock())
            return Answer(document_of(answer.headers.get("Content-Type", ""), await _whole(answer)), skew)
    except Unreadable as error:
        raise unreadable(error) from None
    except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
        raise Refused(Failed(fault_of(error))) from None


def _url(known: Connector, address: str) -> URL:
    """On the CRM's own host, and no other."""
    own = URL(known.portal).origin()
    try:
        url = own.join(URL(address, encoded=True))
        is_own = url.origin() == own
    except ValueError:  # javascript:, http://[bad
        raise _refused("its next page is no address", refusal=Refusal.NEVER) from None
    if not is_own:
        raise _refused("its next page is on another host, where nothing is asked", refusal=Refusal.NEVER)
    return url


def unreadable(error: Unreadable) -> Refused:
    """What it gave is no list of records: it may be, later."""
    return _refused(f"its answer {error}", refusal=Refusal.LATER)


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > _LARGEST:
            raise Unreadable(f"is longer than {_LARGEST >> 20} MB: give it in pages")
    return bytes(body)


def _refused(
    words: str, *, status: int | None = None, pause: float | None = None, refusal: Refusal | None = None
) -> Refused:
    return Refused(Failed(Fault(words, Sent.ANSWERED, status, retry_after=pause, refusal=refusal)))
