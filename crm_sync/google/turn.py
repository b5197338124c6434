"""One turn of an account: what is there is listed, what is not level is written, and what each request did is kept."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from crm_sync.google.asking import Google
from crm_sync.google.levelling import believed, difference
from crm_sync.google.store import SQL, Account, keep, kept_of, replace_kept
from crm_sync.google.wire import MOST_DELETED, MOST_WRITTEN, Refused, There, Trouble, content_of
from trunkline.db.types import Connection, Pool
from trunkline.errors import TrunklineError
from trunkline.phonebook.vcard import Known

LASTS: Final = timedelta(minutes=15)
"""A turn that says nothing for so long is another's."""

T = TypeVar("T")


class Overtaken(TrunklineError):
    """Another turn has begun, or the account was connected anew; nothing more is written."""


async def held(connection: Connection, account: Account, now: datetime) -> None:
    """It is still this turn's, until the end of the transaction; raises Overtaken."""
    if await connection.fetchval(SQL["hold"], account.person_id, account.turn, now + LASTS) is None:
        raise Overtaken(str(account.person_id))


@dataclass(frozen=True, slots=True)
class Turn:
    """Raises Refused and Overtaken wherever it asks and keeps."""

    pool: Pool
    google: Google
    account: Account
    token: str
    clock: Callable[[], datetime]
    between: float

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[Connection]:
        """A transaction of this turn's."""
        async with self.pool.acquire() as connection, connection.transaction():
            await held(connection, self.account, self.clock())
            yield connection

    async def look(self) -> None:
        """Believe what is listed; what is there twice is taken out once."""
        listed = await self.google.ours(self.token)
        async with self.pool.acquire() as connection:
            found, twice = believed(listed, await kept_of(connection, self.account.person_id))
        async for part in self._parts(twice, MOST_DELETED):
            await self.google.delete(self.token, [one.resource for one in part])
        async with self.going_on() as connection:
            await replace_kept(connection, self.account.person_id, found)
            await connection.execute(SQL["looked"], self.account.person_id, self.clock())

    async def bring_level(self, wanted: Sequence[Known]) -> None:
        """With what is to be there."""
        async with self.pool.acquire() as connection:
            kept = await kept_of(connection, self.account.person_id)
        missing = difference(wanted, kept)
        async for gone in self._parts(missing.gone, MOST_DELETED):
            await self._delete(gone)
        async for changed in self._parts(missing.changed, MOST_WRITTEN):
            await self._change(changed)
        if missing.made:
            group = await self._label()
            async for made in self._parts(missing.made, MOST_WRITTEN):
                await self._create(made, group)

    async def leave(self) -> None:
        """Nothing of ours is there any more: the label goes, the permission, and what we know of the account."""
        with suppress(Refused):  # an empty label is no harm, and its owner may have taken the permission back
            if self.account.contact_group is not None:
                await self.google.drop_label(self.token, self.account.contact_group)
            await self.google.revoke(self.token)
        async with self.going_on() as connection:
            await connection.execute(SQL["forget"], self.account.person_id)

    async def _label(self) -> str:
        if self.account.contact_group is not None:
            return self.account.contact_group
        group = await self.google.label(self.token)
        async with self.going_on() as connection:
            await connection.execute(SQL["keep_group"], self.account.person_id, group)
        return group

    async def _create(self, wanted: Sequence[Known], group: str) -> None:
        person = self.account.person_id
        async with self.going_on() as connection:
            await connection.execute(SQL["doubt"], person)
        try:
            there = await self.google.create(self.token, wanted, group)
        except Refused as refused:
            if not refused.sent:
                async with self.going_on() as connection:
                    await connection.execute(SQL["sure"], person)
            raise
        await self._kept({one.uid: one for one in wanted}, there, sure=True)

    async def _change(self, wanted: Sequence[tuple[Known, There]]) -> None:
        there = await self.google.change(self.token, wanted)
        await self._kept({one.uid: one for one, _there in wanted}, there)

    async def _kept(self, wanted: dict[str, Known], there: Sequence[There], *, sure: bool = False) -> None:
        """What was written; where the answer leaves somebody out, what is there has to be listed."""
        found = [(one, content_of(wanted[one.uid])) for one in there if one.uid in wanted]
        whole = len({one.uid for one, _content in found}) == len(wanted)
        async with self.going_on() as connection:
            await keep(connection, self.account.person_id, found)
            if sure and whole:
                await connection.execute(SQL["sure"], self.account.person_id)
        if not whole:
            raise Refused(Trouble.STALE, f"{len(wanted) - len(found)} of {len(wanted)} are missing in its answer")

    async def _delete(self, gone: Sequence[There]) -> None:
        await self.google.delete(self.token, [one.resource for one in gone])
        async with self.going_on() as connection:
            await connection.execute(SQL["drop"], self.account.person_id, [one.uid for one in gone])

    async def _parts(self, all_of: Sequence[T], most: int) -> AsyncIterator[Sequence[T]]:
        """What one request may hold, at the pace that is asked for."""
        for first in range(0, len(all_of), most):
            yield all_of[first : first + most]
            await asyncio.sleep(self.between)
