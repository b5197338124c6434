"""Asks a portal: one request of one method, with a token that is good."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import aiohttp
from yarl import URL

from crm_sync.answer import CrmRefused
from crm_sync.bitrix24.limiting import Limiter, bucket
from crm_sync.bitrix24.tokens import Keys, NoAccess
from crm_sync.bitrix24.webhook import is_webhook, without
from crm_sync.bitrix24.wire import Bad, Good, Tokens, read
from crm_sync.body import LONGEST_ANSWER, body_of
from crm_sync.connector import Connector
from trunkline.outbox.event import Fault, Sent
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of, retry_after

_SECONDS: Final = 65.0
"""The portal itself gives a request 60 (crm.md §2.7)."""
_STALE: Final = frozenset({"expired_token", "invalid_token", "NO_AUTH_FOUND"})
_REST_SECONDS: Final = 60.0


class Refused(CrmRefused):
    """The portal did not do it, or nobody knows: `bad` says why; `request` is the method that was asked."""

    def says(self, start: str) -> bool:
        """Whether the portal answered in words that begin so."""
        return self.bad.said.partition(": ")[2].startswith(start)


@dataclass(slots=True)
class Portals:
    """Every portal; `clock` gives Unix seconds. Without a limiter nobody but us asks them, and never much.

    An answer has at most `longest` bytes.
    """

    keys: Keys
    session: aiohttp.ClientSession
    rules: AddressRules
    clock: Callable[[], float] = time.time
    limiter: Limiter | None = None
    longest: int = LONGEST_ANSWER
    _resets: dict[tuple[UUID, str], float] = field(default_factory=dict)

    async def ask(self, known: Connector, method: str, said: Mapping[str, Any]) -> Good:
        """The answer of `method`; raises Refused.

        A token the portal does not take any more (nothing was done then) is renewed once.
        """
        try:
            tokens = await self.keys.tokens(known)
            told = await self.ask_by(tokens, known, method, said)
            if isinstance(told, Bad) and told.fault.code in _STALE:
                tokens = await self.keys.tokens(known, tokens.access)
                told = await self.ask_by(tokens, known, method, said)
        except NoAccess as error:
            raise Refused(method, error.bad) from error
        if isinstance(told, Bad):
            raise Refused(method, self._rested(known, method, told))
        self._resets[known.id, method] = told.resets_at
        return told

    async def ask_by(self, tokens: Tokens, known: Connector, method: str, said: Mapping[str, Any]) -> Good | Bad:
        """By these, whatever is kept: of a webhook the secret stands in the address, and in nothing that is told."""
        if not is_webhook(tokens.endpoint):
            return await self._post(known, tokens.endpoint, method, {**said, "auth": tokens.access})
        told = await self._post(known, f"{tokens.endpoint}{tokens.access}/", method, said)
        return without(tokens.access, told) if isinstance(told, Bad) else told

    async def _post(self, known: Connector, endpoint: str, method: str, body: Mapping[str, Any]) -> Good | Bad:
        if not endpoint.startswith(f"{known.portal}/"):
            words = "the CRM has another address since this was begun: nothing was asked"
            return Bad(Fault(words, Sent.NO))
        if self.limiter is not None:
            await self.limiter.wait(bucket(known.account, enterprise=known.enterprise))
        url = f"{endpoint}{method}.json"
        try:
            self.rules.check_literal(URL(url).host or "")
            timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=5.0)
            async with self.session.post(url, json=body, allow_redirects=False, timeout=timeout) as answer:
                pause = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC).timestamp())
                return read(answer.status, await body_of(answer, self.longest), pause=pause)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            return Bad(fault_of(error))

    def _rested(self, known: Connector, method: str, told: Bad) -> Bad:
        """What has worked for too long is asked again when the last good answer said it may be (crm.md §2.7)."""
        if not told.fault.alone or told.fault.retry_after is not None:
            return told
        rest = self._resets.get((known.id, method), 0.0) - self.clock()
        return replace(told, fault=replace(told.fault, retry_after=rest if rest > 0 else _REST_SECONDS))
