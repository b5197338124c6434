"""The tokens of a sign-in: sealed at rest, renewed by one process at a time, committed before they are used.

A refresh token dies with its use (crm.md §2.1, §3.1), and so does whoever loses the answer: the row is locked while a
new pair is asked for, and the asking outlives a delivery that is cut off meanwhile.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import aiohttp
import asyncpg

from crm_sync.answer import Bad, Tokens
from crm_sync.connector import Connector
from crm_sync.store import SQL
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection, Pool
from trunkline.errors import TrunklineError
from trunkline.outbox.event import Fault, Sent
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of


class NoAccess(TrunklineError):
    """There is no token to ask with: `bad` says why, without a secret."""

    def __init__(self, bad: Bad) -> None:
        super().__init__(bad.fault.reason)
        self.bad = bad


class TokenKeeper(ABC):
    """The tokens of every connector of a kind; `clock` gives Unix seconds."""

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

    @abstractmethod
    async def _granted(self, known: Connector, secret: str, form: Mapping[str, str]) -> Tokens | Bad:
        """What the token server gives for `form`, asked once: errors of the way are the caller's."""

    async def tokens(self, known: Connector, refused: str = "") -> Tokens:
        """Tokens that may be used; `refused` is the access token the CRM did not take. Raises NoAccess."""
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
        await self.keep(connection, known, told)
        return told

    async def keep(self, connection: Connection, known: Connector, told: Tokens) -> None:
        """Seal them into their row."""
        now, until = (datetime.fromtimestamp(at, UTC) for at in (self._clock(), told.until))
        access, refresh = self._box.seal(told.access.encode()), self._box.seal(told.refresh.encode())
        await connection.execute(SQL["keep_tokens"], known.id, access, refresh, until, told.endpoint, told.user, now)

    async def settled(self) -> None:
        """Wait for what is being asked for: a pair that is lost cannot be had again."""
        await asyncio.gather(*self._renewing.values(), return_exceptions=True)

    async def _renew(self, known: Connector, refused: str) -> Tokens:
        async with self._pool.acquire() as connection, connection.transaction():
            found = self._opened(await connection.fetchrow(SQL["lock_tokens"], known.id))
            if found.access != refused and found.fresh(self._clock()):
                return found  # another process was faster
            if not found.refresh:
                words = "the token has ended or was taken back: give another on the page of the CRM"
                raise NoAccess(Bad(Fault(words, Sent.NO, code="auth_failed")))
            form = {"grant_type": "refresh_token", "refresh_token": found.refresh}
            told = await self._ask(connection, known, form)
            await self.keep(connection, known, told)
        return told

    async def _ask(self, connection: Connection, known: Connector, form: Mapping[str, str]) -> Tokens:
        secret = self._open(await connection.fetchval(SQL["secret_of"], known.id))
        try:
            told = await self._granted(known, secret, form)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            # Of what was to be delivered nothing was sent. The error's words may quote the address with the secret.
            kept = fault_of(error)
            reason = "the token server gave no answer" if kept.refusal is None else kept.reason
            raise NoAccess(Bad(Fault(reason, Sent.NO, code=kept.code, refusal=kept.refusal))) from None
        if isinstance(told, Bad):
            raise NoAccess(told)
        return told

    def _opened(self, row: asyncpg.Record | None) -> Tokens:
        if row is None:
            raise NoAccess(Bad(Fault("nobody has connected the CRM yet", Sent.NO, code="auth_failed")))
        access, refresh = self._open(row["access"]), self._open(row["refresh"])
        return Tokens(access, refresh, row["until"].timestamp(), row["endpoint"], row["user_id"])

    def _open(self, sealed: bytes) -> str:
        try:
            return self._box.open(sealed).decode()
        except WrongKey:
            words = "the sign-in cannot be opened with this installation's key: connect the CRM again"
            raise NoAccess(Bad(Fault(words, Sent.NO, code="auth_failed"))) from None


def _seen(task: asyncio.Task[Tokens]) -> None:
    """Whoever waited may have been cut off: its failure is told to the next."""
    if not task.cancelled():
        task.exception()
