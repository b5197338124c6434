"""One message to one browser's push service (RFC 8030): a POST that is encrypted, signed, short and never repeated."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from ssl import SSLContext
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from softphone_card.push.letter import Letter
from softphone_card.push.sealing import Signer, encrypt, new_key
from softphone_card.push.store import Target
from trunkline.webhooks.address import AddressRules, ForbiddenAddress, GuardedResolver

ANSWER_SECONDS: Final = 8.0
_CONNECT_SECONDS: Final = 4.0


class Posted(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    GONE = "gone"
    """The service knows the subscription no more."""
    REFUSED = "refused"
    FAILED = "failed"


@asynccontextmanager
async def push_session(rules: AddressRules, tls: SSLContext | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that reaches permitted addresses only and keeps no cookies."""
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(rules), ttl_dns_cache=60, limit=100, limit_per_host=50, ssl=tls or True
    )
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield session


async def post(
    session: aiohttp.ClientSession, rules: AddressRules, signer: Signer, target: Target, letter: Letter
) -> Posted:
    """Hand `letter` to the push service of `target`."""
    body = encrypt(letter.body, target.p256dh, target.auth, own=new_key(), salt=os.urandom(16))
    headers = {
        "Authorization": signer.authorization(target.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(letter.seconds),
        "Urgency": letter.urgency,
        "Topic": letter.topic,
    }
    try:
        rules.check_literal(urlsplit(target.endpoint).hostname or "")
        async with session.post(target.endpoint, data=body, headers=headers, allow_redirects=False) as response:
            if response.status in {404, 410}:
                return Posted.GONE
            return Posted.TAKEN if 200 <= response.status < 300 else Posted.REFUSED
    except ForbiddenAddress:
        return Posted.REFUSED
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return Posted.FAILED
