"""Brings employees' Google accounts level with staff and contacts: every few hours, and when something is chosen.

One turn at a time writes an account. What a request did is kept in one transaction with the right to go on; before one
that makes contacts it is written down that it goes, so that a lost answer is looked for and nobody is there twice.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from crm_sync.google.access import Client
from crm_sync.google.asking import Google
from crm_sync.google.store import SQL, Account, client_of, keep_tokens, wanted_of
from crm_sync.google.turn import LASTS, Overtaken, Turn, held
from crm_sync.google.wire import Refused, Trouble
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.log import get_logger

log = get_logger(__name__)

EVERY: Final = timedelta(hours=4)
LOOKS_EVERY: Final = timedelta(days=7)
"""How often what is there is listed: what its owner deleted comes back then."""
_PAUSES: Final = {
    Trouble.SIGNED_OUT: timedelta(days=1),
    Trouble.KEY: timedelta(hours=1),
    Trouble.FORBIDDEN: timedelta(hours=1),
    Trouble.REFUSED: timedelta(hours=4),
    Trouble.BUSY: timedelta(minutes=2),
    Trouble.AWAY: timedelta(minutes=10),
    Trouble.STALE: timedelta(minutes=2),
}
"""Until it is tried again. A list may lag minutes behind what was written."""
_BETWEEN: Final = 1.0
"""Seconds between two writes: an account's have to come one after the other, and are counted by the minute."""
_IDLE: Final = 15.0


def utc_now() -> datetime:
    """The time turns are taken by."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Syncing:
    """All accounts of the company; `between` are seconds from one write to the next."""

    pool: Pool
    box: SecretBox
    google: Google
    clock: Callable[[], datetime] = utc_now
    between: float = _BETWEEN

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not await self.turn():
                await asyncio.sleep(_IDLE)

    async def turn(self) -> bool:
        """Bring the account level that is due for longest; whether there was one."""
        now = self.clock()
        row = await self.pool.fetchrow(SQL["claim"], now, now + LASTS)
        if row is None:
            return False
        account = Account(**dict(row))
        try:
            await self._level(account)
        except Overtaken:
            log.info("google_contacts_overtaken", person=str(account.person_id))
        except WrongKey:
            await self._troubled(account, Refused(Trouble.KEY, "sealed with another key"))
        except Refused as refused:
            await self._troubled(account, refused)
        return True

    async def _level(self, account: Account) -> None:
        async with self.pool.acquire() as connection:
            client = await client_of(connection, self.box)
            wanted = None if account.leaving else await wanted_of(connection, account)
        if client is None:
            raise Refused(Trouble.FORBIDDEN, "the company has no client at Google any more")
        token = await self._token(account, client)
        one = Turn(self.pool, self.google, account, token, self.clock, self.between)
        if account.doubt or account.looked_at is None or self.clock() - account.looked_at >= LOOKS_EVERY:
            await one.look()
        await one.bring_level(wanted or [])
        if wanted is None:
            await one.leave()
            return
        async with one.going_on() as connection:
            await connection.execute(SQL["level"], account.person_id, self.clock() + EVERY, self.clock())

    async def _token(self, account: Account, client: Client) -> str:
        tokens = account.tokens(self.box)
        if tokens.fresh(self.clock().timestamp()):
            return tokens.access
        renewed = await self.google.renewed(client, tokens.refresh)
        async with self.pool.acquire() as connection, connection.transaction():
            await held(connection, account, self.clock())
            await keep_tokens(connection, self.box, account.person_id, renewed)
        return renewed.access

    async def _troubled(self, account: Account, refused: Refused) -> None:
        """Whoever leaves, and has taken the permission back already, is gone."""
        trouble = refused.trouble
        log.warning("google_contacts_not_level", person=str(account.person_id), trouble=trouble, error=str(refused))
        pause = max(_PAUSES[trouble], timedelta(seconds=min(refused.after, 86400.0)))
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                await held(connection, account, self.clock())
                if account.leaving and trouble is Trouble.SIGNED_OUT:
                    await connection.execute(SQL["forget"], account.person_id)
                    return
                until, looks = self.clock() + pause, trouble in (Trouble.STALE, Trouble.REFUSED)
                await connection.execute(SQL["troubled"], account.person_id, until, trouble.value, looks)
        except Overtaken:
            log.info("google_contacts_overtaken", person=str(account.person_id))
