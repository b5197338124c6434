"""Asks an account: one request, with a token that is good, never oftener than it allows."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import aiohttp
from yarl import URL

from crm_sync.amocrm.tokens import Keys
from crm_sync.amocrm.wire import Good, Query, read, reading
from crm_sync.answer import Bad, CrmRefused, Tokens
from crm_sync.body import body_of
from crm_sync.connector import Connector
from crm_sync.port import Reach
from crm_sync.tokens import NoAccess
from trunkline.outbox.event import Account
from trunkline.outbox.shared import SharedState
from trunkline.webhooks.address import ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of, retry_after

_SECONDS: Final = 25.0
_RATE, _BURST = 4.0, 3.0
"""At most 7 in any second (crm.md §3.1): whoever is above that twice finds his address shut out."""
LIVE: Final = 0.0
SYNC: Final = 1.0
SCAN: Final = 2.0
"""Lanes, by what of the burst each leaves to the more urgent: cards of what rings, calls that are over, the rest."""


class Refused(CrmRefused):
    """The account did not do it, or nobody knows: `bad` says why; `request` is what was asked, without its query."""

    def says(self, words: str) -> bool:
        """Whether what the account said has them in it."""
        return words in self.bad.said


@dataclass(slots=True)
class Accounts:
    """Every account, as one process asks them."""

    reach: Reach
    keys: Keys
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    pace: SharedState = field(init=False)

    def __post_init__(self) -> None:
        self.pace = SharedState(self.reach.redis, self.reach.clock)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.reach.clock(), UTC)

    async def read(self, known: Connector, path: str, query: Query = (), *, lane: float = SYNC) -> Any:
        """What is there, None for nothing; raises Refused, of which nothing was done."""
        try:
            return await self._ask(known, "GET", f"v4/{path}", query=query, lane=lane)
        except Refused as refused:
            raise Refused(refused.request, reading(refused.bad)) from refused.__cause__

    async def write(self, known: Connector, path: str, body: Any) -> Any:
        """The answer; raises Refused."""
        return await self._ask(known, "POST", f"v4/{path}", body=body)

    async def change(self, known: Connector, path: str, body: Any) -> None:
        """What is there as `body` has it; raises Refused."""
        await self._ask(known, "PATCH", f"v4/{path}", body=body)

    async def remove(self, known: Connector, path: str, body: Any) -> None:
        """What `body` names is not there any more; raises Refused."""
        await self._ask(known, "DELETE", f"v4/{path}", body=body)

    async def announce(self, known: Connector, phone: str, users: Sequence[int]) -> None:
        """Open a card of who rings before `users` (crm.md §3.2: by the last eight digits); raises Refused."""
        call = {"type": "phone_call", "phone_number": phone, "users": list(users)}
        await self._ask(known, "POST", "v2/events/", body={"add": [call]}, lane=LIVE)

    async def read_with(self, known: Connector, tokens: Tokens, path: str) -> Any:
        """By tokens that are not kept yet; raises Refused."""
        told = await self._send(known, tokens, "GET", f"v4/{path}", (), None, lane=SCAN)
        if isinstance(told, Bad):
            raise Refused(f"GET v4/{path}", reading(told))
        return told.result

    async def _ask(
        self,
        known: Connector,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        *,
        query: Query = (),
        body: Any = None,
        lane: float = SYNC,
    ) -> Any:
        """A token that is not taken (nothing was done then) is renewed once."""
        try:
            tokens = await self.keys.tokens(known)
            told = await self._send(known, tokens, method, path, query, body, lane=lane)
            if isinstance(told, Bad) and told.fault.status == 401:
                tokens = await self.keys.tokens(known, tokens.access)
                told = await self._send(known, tokens, method, path, query, body, lane=lane)
        except NoAccess as error:
            raise Refused(f"{method} {path}", error.bad) from error
        if isinstance(told, Bad):
            raise Refused(f"{method} {path}", told)
        return told.result

    async def _send(
        self,
        known: Connector,
        tokens: Tokens,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, Any] | Sequence[Any] | None,
        *,
        lane: float,
    ) -> Good | Bad:
        url = URL(f"{known.portal}/api/{path}").with_query(list(query))
        headers = {"Authorization": f"Bearer {tokens.access}"}
        timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=5.0)
        await self._wait_turn(known, lane)
        try:
            self.reach.rules.check_literal(url.host or "")
            async with self.reach.session.request(
                method, url, json=body, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                pause = retry_after(answer.headers.get("Retry-After"), self.reach.clock())
                return read(answer.status, await body_of(answer), pause=pause)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            return Bad(fault_of(error))

    async def _wait_turn(self, known: Connector, lane: float) -> None:
        """The limit is of requests, and a call takes several: it is kept here, for all processes together."""
        limit = Account(f"{known.account}:requests", _RATE, _BURST, reserve=lane)
        while True:
            granted, wait = await self.pace.take(limit, 1)
            if granted:
                return
            await self.sleep(wait)
