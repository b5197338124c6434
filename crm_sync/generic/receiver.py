"""One signed post to a receiver, and what its answer means.

Signed as our webhooks are (docs/http.md): `Trunkline-Signature: t=…,v1=…` over the moment and the body. What is sent
again, for whatever reason, has the same `Trunkline-Delivery`.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import aiohttp
import msgspec
from yarl import URL

from crm_sync.answer import Unsent
from crm_sync.connector import Connector
from crm_sync.generic.fields import PING
from crm_sync.port import Reach
from crm_sync.store import SQL as CONNECTORS
from trunkline.crypto import WrongKey
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Failed, Fault, Refusal, Sent
from trunkline.webhooks.address import ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of, retry_after
from trunkline.webhooks.signature import HEADER, sign

SECONDS: Final = 15.0
_EXCERPT: Final = 1000
_MOST_ANSWER: Final = 64 << 10
_LONGEST_ENTITY: Final = 100
_NOT_THERE: Final = frozenset({404, 405, 410})


class Refused(Unsent):
    """It was not taken."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent; `key` names it for ever."""

    event: str
    key: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Receivers:
    """All of them, as this process reaches them; each has so many `seconds` for an answer."""

    reach: Reach
    seconds: float = SECONDS

    async def secret(self, connector: UUID) -> bytes:
        """What posts are signed with; raises Refused while there is none."""
        sealed = await self.reach.pool.fetchval(CONNECTORS["tokens"], connector)
        if sealed is None:
            raise Refused(_failed(Fault("nobody has given the secret yet", Sent.NO, code="auth_failed")))
        try:
            return self.reach.box.open(sealed)
        except WrongKey:
            words = "the secret cannot be opened with this installation's key: give it again on the page of the CRM"
            raise Refused(_failed(Fault(words, Sent.NO, code="auth_failed"))) from None

    async def send(self, known: Connector, post: Post) -> str:
        """Post it; what the receiver calls what it became of it, where it says so. Raises Refused."""
        return await self.send_with(known, await self.secret(known.id), post)

    async def ping(self, known: Connector, secret: bytes) -> None:
        """A test message that asks for nothing; raises Refused."""
        now = int(self.reach.clock())
        body = msgspec.json.encode({"event": PING, "key": f"{PING}:{now}"})
        await self.send_with(known, secret, Post(PING, f"{PING}:{now}", "application/json", body))

    async def send_with(self, known: Connector, secret: bytes, post: Post) -> str:
        """The same with a secret that may not be kept yet."""
        headers = {
            "Content-Type": post.content_type,
            "User-Agent": "Trunkline",
            "Trunkline-Event": post.event,
            "Trunkline-Delivery": post.key,
            HEADER: sign(secret, post.body, int(self.reach.clock())),
        }
        url, timeout = URL(known.portal), aiohttp.ClientTimeout(total=self.seconds)
        try:
            self.reach.rules.check_literal(url.host or "")
            async with self.reach.session.post(
                url, data=post.body, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                return _read(known, answer, await _body(answer), self.reach.clock())
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            raise Refused(_failed(fault_of(error), known)) from None


def _read(known: Connector, answer: aiohttp.ClientResponse, body: bytes, now: float) -> str:
    status = answer.status
    excerpt = body[:_EXCERPT].decode("utf-8", "replace")
    if 200 <= status < 300:
        if _is_page(body):
            words = "answered with a web page: the receiver's script did not run, or prints one"
            raise Refused(_failed(Fault(words, Sent.ANSWERED, status, refusal=Refusal.LATER), known, excerpt))
        return _entity(body)
    pause = retry_after(answer.headers.get("Retry-After"), now)
    if 300 <= status < 400:
        words = f"HTTP {status} to another address: redirects are not followed, write down where it leads"
        raise Refused(_failed(Fault(words, Sent.ANSWERED, status, code="no_portal"), known, excerpt))
    if status in _NOT_THERE:
        words = f"HTTP {status}: there is no receiver at this address"
        raise Refused(_failed(Fault(words, Sent.ANSWERED, status, code="no_portal"), known, excerpt))
    raise Refused(_failed(Fault(f"HTTP {status}", Sent.ANSWERED, status, retry_after=pause), known, excerpt))


def _is_page(body: bytes) -> bool:
    """Whether it begins as a web page does. Its Content-Type tells nothing: PHP calls everything HTML."""
    head = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype", b"<html", b"<head", b"<body"))


def _entity(body: bytes) -> str:
    """`{"id": 15}`: what people may look for there."""
    try:
        told: Any = msgspec.json.decode(body)
    except NOT_JSON:
        return ""
    named = told.get("id") if isinstance(told, dict) else None
    return str(named)[:_LONGEST_ENTITY].replace("\0", "") if isinstance(named, str | int) else ""


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """As much of it as anybody needs: what was read in part is no JSON, and names nothing."""
    try:
        return await answer.content.read(_MOST_ANSWER)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""  # the status is the answer


def _failed(fault: Fault, known: Connector | None = None, answer: str = "") -> Failed:
    """Of the address only the host is told: its path may hold a secret of the receiver's."""
    return Failed(fault, f"POST {URL(known.portal).origin()}/…" if known else "", answer)
