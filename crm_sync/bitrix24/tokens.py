"""The tokens of a sign-in: sealed at rest, renewed by one process at a time, committed before they are used.

A refresh token dies with its use (crm.md §2.1), and so does whoever loses the answer: the row is locked while a new
pair is asked for, and the asking outlives a delivery that is cut off meanwhile.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import aiohttp
import asyncpg
from yarl import URL

from crm_sync.bitrix24.body import body_of
from crm_sync.bitrix24.wire import Bad, Tokens, read_tokens
from crm_sync.connector import Connector
from crm_sync.store import SQL
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection, Pool
from trunkline.errors import TrunklineError
from trunkline.outbox.event import Fault, Sent
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of

_SECONDS: Final = 20.0


class NoAccess(TrunklineError):
    """There is no token to ask with: `bad` says why, without a secret."""

    def __init__(self, bad: Bad) -> None:
        super().__init__(bad.fault.reason)
        self.bad = bad


class Keys:
    """The tokens of every connector; `clock` gives Unix seconds."""

    def __init__(
        self,
        pool: Pool,
        box: SecretBox,
        session: aiohttp.ClientSession,
        rules: AddressRules,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._box = box
        self._session = session
        self._rules = rules
        self._clock = clock
        self._renewing: dict[UUID, asyncio.Task[Tokens]] = {}

    async def tokens(self, known: Connector, refused: str = "") -> Tokens:
        """Tokens that may be used; `refused` is the access token the portal did not take. Raises NoAccess."""
        row = await self._pool.fetchrow(SQL["tokens"], known.id)
        found = self._opened(row)
        if found.access != refused and found.fresh(self._clock()):
            return found
        task = self._renewing.get(known.id)
        if task is None or task.done():
            task = asyncio.create_task(self._renew(known, refused), name=f"tokens of {known.name}")
            task.add_done_callback(_seen)
            self._renewing[known.id] = task
        return await asyncio.shield(task)

    async def sign_in(self, connection: Connection, known: Connector, code: str) -> Tokens:
        """The first pair, for the code a browser brought back; in the caller's transaction. Raises NoAccess."""
        told = await self._ask(connection, known, {"grant_type": "authorization_code", "code": code})
        await self._keep(connection, known, told)
        return told

    async def settled(self) -> None:
        """Wait for what is being asked for: a pair that is lost cannot be had again."""
        await asyncio.gather(*self._renewing.values(), return_exceptions=True)

    async def _renew(self, known: Connector, refused: str) -> Tokens:
        async with self._pool.acquire() as connection, connection.transaction():
            found = self._opened(await connection.fetchrow(SQL["lock_tokens"], known.id))
            if found.access != refused and found.fresh(self._clock()):
                return found  # another process was faster
            form = {"grant_type": "refresh_token", "refresh_token": found.refresh}
            told = await self._ask(connection, known, form)
            await self._keep(connection, known, told)
        return told

    async def _ask(self, connection: Connection, known: Connector, form: Mapping[str, str]) -> Tokens:
        sealed = await connection.fetchval(SQL["secret_of"], known.id)
        secret = self._open(sealed)
        query = {**form, "client_id": known.client_id, "client_secret": secret}
        try:
            status, body = await self._get(known.oauth_url, query)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            # Of what was to be delivered nothing was sent. The error's words may quote the address with the secret.
            kept = fault_of(error)
            reason = "the token server gave no answer" if kept.refusal is None else kept.reason
            raise NoAccess(Bad(Fault(reason, Sent.NO, code=kept.code, refusal=kept.refusal))) from None
        told = read_tokens(status, body, known.portal, self._clock())
        if isinstance(told, Bad):
            raise NoAccess(told)
        return told

    async def _get(self, url: str, query: Mapping[str, str]) -> tuple[int, bytes]:
        """By GET: so the vendor's pages say."""
        self._rules.check_literal(URL(url).host or "")
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with self._session.get(url, params=query, allow_redirects=False, timeout=timeout) as answer:
            return answer.status, await body_of(answer)

    async def _keep(self, connection: Connection, known: Connector, told: Tokens) -> None:
        now, until = (datetime.fromtimestamp(at, UTC) for at in (self._clock(), told.until))
        access, refresh = self._box.seal(told.access.encode()), self._box.seal(told.refresh.encode())
        await connection.execute(SQL["keep_tokens"], known.id, access, refresh, until, told.endpoint, told.user, now)

    def _opened(self, row: asyncpg.Record | None) -> Tokens:
        if row is None:
            raise NoAccess(Bad(Fault("nobody has connected the portal yet", Sent.NO, code="auth_failed")))
        access, refresh = self._open(row["access"]), self._open(row["refresh"])
        return Tokens(access, refresh, row["until"].timestamp(), row["endpoint"], row["user_id"])

    def _open(self, sealed: bytes) -> str:
        try:
            return self._box.open(sealed).decode()
        except WrongKey:
            words = "the sign-in cannot be opened with this installation's key: connect the portal again"
            raise NoAccess(Bad(Fault(words, Sent.NO, code="auth_failed"))) from None


def _seen(task: asyncio.Task[Tokens]) -> None:
    """Whoever waited may have been cut off: its failure is told to the next."""
    if not task.cancelled():
        task.exception()
