"""The task of the worker that reads mailboxes: each letter once, with the touch and the lead that follow from it.

Where a mailbox stands is its row: the number of the letter that was dealt with last moves in the transaction that keeps
the letter's touch. A killed worker, two of them, a connection lost within a letter: it is read again from there.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.errors import NotFound
from trunkline.leads.rules import LeadRulesOf
from trunkline.log import get_logger
from trunkline.mailboxes.client import PATIENT, Access, Patience, Unreadable
from trunkline.mailboxes.imap import Fetched, Folder, Visit
from trunkline.mailboxes.keeping import keep_letter, keep_unreadable
from trunkline.mailboxes.letter import Letter, read_letter
from trunkline.mailboxes.mailbox import Mailbox
from trunkline.mailboxes.problem import FOR_A_PERSON, Problem
from trunkline.mailboxes.store import SQL, alarm_key, find_mailbox
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.web.i18n import mark
from trunkline.webhooks.address import AddressRules

log = get_logger(__name__)

TICK_SECONDS: Final = 5.0
EVERY: Final = timedelta(minutes=1)
"""Between two visits of one mailbox."""
_HELD: Final = timedelta(minutes=1)
"""For which another worker leaves a mailbox to who reads it, beside the visit."""
_AT_ONCE: Final = 100
_SLOWER: Final = timedelta(minutes=10)
_RINGS_AFTER: Final = timedelta(minutes=10)
_CLOCKS_APART: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=400)
_LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)
"""Of the database itself, whatever it was asked."""
_ALARM: Final = mark("The mailbox %(name)s is not read; its page says why")


class MailReader:
    """Reads what is due; `rules` are the addresses it may reach.

    `at_once` letters are read in one visit, others come to their turn between; `read` makes a letter of what came.
    """

    def __init__(
        self,
        pool: Pool,
        redis: Redis | None,
        box: SecretBox,
        rules: AddressRules,
        leads: LeadRulesOf,
        context: ssl.SSLContext | None = None,
        *,
        patience: Patience = PATIENT,
        at_once: int = _AT_ONCE,
        read: Callable[[bytes], Letter] = read_letter,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._box = box
        self._rules = rules
        self._leads = leads
        self._context = context
        self._patience = patience
        self._at_once = at_once
        self._read_letter = read
        self._pruned_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> NoReturn:
        """Read for ever."""
        while True:
            try:
                while await self.one_visit(datetime.now(UTC)):
                    pass
                await self._prune(datetime.now(UTC))
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("mailboxes_wait", error=str(error) or type(error).__name__)
            await asyncio.sleep(TICK_SECONDS)

    async def one_visit(self, now: datetime) -> bool:
        """Visit the mailbox whose turn it is; False where none waits."""
        async with self._pool.acquire() as connection:
            until = now + timedelta(seconds=self._patience.visit) + _HELD
            identifier = await connection.fetchval(SQL["claim"], now, until)
            if identifier is None:
                return False
            try:
                mailbox = await find_mailbox(connection, identifier)
            except NotFound:
                return True  # removed meanwhile
            sealed = await connection.fetchval(SQL["secret"], identifier)
        try:
            visit = Visit(self._access(mailbox, sealed), self._rules, self._context, self._patience)
            async with asyncio.timeout(self._patience.visit):
                try:
                    more = await self._read(visit, mailbox, now)
                finally:
                    await visit.close()
        except Unreadable as error:
            await self._failed(mailbox, error, now)
        except TimeoutError:
            await self._failed(mailbox, Unreadable(Problem.SILENT), now)
        except Exception as error:
            # Whatever a server has us stumble over is of its mailbox alone: the others come to their turn.
            if _is_lost(error):
                raise
            log.exception("mailbox_not_understood", mailbox=str(mailbox.id))
            await self._failed(mailbox, Unreadable(Problem.PROTOCOL, str(error)), now)
        else:
            await self._done(mailbox.id, now, more=more)
        return True

    def _access(self, mailbox: Mailbox, sealed: bytes) -> Access:
        try:
            password = self._box.open(sealed).decode()
        except WrongKey as error:
            raise Unreadable(Problem.KEY) from error
        return Access(mailbox.host, mailbox.port, mailbox.tls, mailbox.login, password, mailbox.folder)

    async def _read(self, visit: Visit, mailbox: Mailbox, now: datetime) -> bool:
        """Every letter that is new, up to some; whether there are more."""
        folder = await visit.open()
        uid, old_below = await self._begin(mailbox, folder)
        numbers = await visit.numbers_from(uid + 1)
        for number in numbers[: self._at_once]:
            fetched = await visit.fetch(number)
            if not await self._keep(mailbox, folder, number, fetched, old_below, now):
                return False  # somebody else is at it, or it was switched off
        return len(numbers) > self._at_once

    async def _begin(self, mailbox: Mailbox, folder: Folder) -> tuple[int, int]:
        """The letter that was dealt with last; below which number letters may be ones that were, under another number.

        A server that numbers its letters anew (RFC 3501 §2.3.1.1) is read from the first one on: the digest tells what
        was kept, and when it came tells what came before.
        """
        if mailbox.uidvalidity == folder.uidvalidity:
            return mailbox.uid, mailbox.old_below
        is_first = mailbox.uidvalidity is None
        uid, old_below = (folder.uidnext - 1, 0) if is_first else (0, folder.uidnext)
        async with self._pool.acquire() as connection:
            told = (mailbox.uidvalidity, folder.uidvalidity, uid, old_below)
            await connection.execute(SQL["begin"], mailbox.id, *told)
        if not is_first:
            log.warning("mailbox_numbered_anew", mailbox=str(mailbox.id))
        return uid, old_below

    async def _keep(
        self, mailbox: Mailbox, folder: Folder, uid: int, fetched: Fetched | None, old_below: int, now: datetime
    ) -> bool:
        """Deal with it; False where it is not ours to deal with any more."""
        if fetched is not None and uid < old_below and fetched.at < _old_since(mailbox):
            fetched = None
        place = (mailbox.id, folder.uidvalidity, uid)
        told = False
        try:
            letter = await self._letter_of(fetched.raw) if fetched is not None else None
            async with self._pool.acquire() as connection, connection.transaction():
                if await connection.fetchval(SQL["advance"], *place) is None:
                    return False
                if fetched is not None and letter is not None:
                    rules = await self._leads(connection)
                    told = await keep_letter(connection, mailbox, letter, min(fetched.at, now), rules)
        except Exception as error:
            # One letter that nobody can read, or the database does not take, must not stop those behind it.
            if _is_lost(error):
                raise
            log.exception("letter_not_kept", mailbox=str(mailbox.id), uid=uid)
            async with self._pool.acquire() as connection, connection.transaction():
                if fetched is not None and await connection.fetchval(SQL["advance"], *place) is not None:
                    await keep_unreadable(connection, mailbox, fetched.raw, min(fetched.at, now))
        if told:
            await wake(self._redis, OUTBOX_WAKE)
        return True

    async def _letter_of(self, raw: bytes) -> Letter:
        """Raises ValueError where it takes too long, and whatever the library does of it."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._read_letter, raw), self._patience.letter)
        except TimeoutError as error:
            raise ValueError("it takes too long to read") from error

    async def _done(self, mailbox: UUID, now: datetime, *, more: bool) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            due_at, read_at = (now, None) if more else (now + EVERY, now)
            if await connection.fetchval(SQL["was_read"], mailbox, due_at, read_at) is None:
                return
            told = await clear_alarm(connection, alarm_key(mailbox))
        if told:
            await wake(self._redis, OUTBOX_WAKE)

    async def _failed(self, mailbox: Mailbox, error: Unreadable, now: datetime) -> None:
        """Shown at once; told where a person is needed, or where it lasts. A refused password is not tried often."""
        log.warning("mailbox_not_read", mailbox=str(mailbox.id), problem=error.problem.value, said=error.said)
        needs_person = error.problem in FOR_A_PERSON
        pause = _SLOWER if needs_person else EVERY
        told = False
        async with self._pool.acquire() as connection, connection.transaction():
            values = (now + pause, now, error.problem.value, error.said)
            row = await connection.fetchrow(SQL["failed"], mailbox.id, *values)
            if row is not None and (needs_person or now - row["failed_at"] >= _RINGS_AFTER):
                key, facts = alarm_key(mailbox.id), {"name": row["name"]}
                told = await raise_alarm(connection, key, Severity.CRITICAL, _ALARM, facts)
        if told:
            await wake(self._redis, OUTBOX_WAKE)

    async def _prune(self, now: datetime) -> None:
        """Forget letters nobody answers any more."""
        if now - self._pruned_at > timedelta(hours=1):
            await self._pool.execute(SQL["prune"], now - _KEPT)
            self._pruned_at = now


def _old_since(mailbox: Mailbox) -> datetime:
    """What came before this was dealt with before the server numbered anew; its clock may not be ours."""
    return max(mailbox.began_at, (mailbox.read_at or mailbox.began_at) - _CLOCKS_APART)


def _is_lost(error: Exception) -> bool:
    """Not what asyncpg makes of a value it cannot send, which is an InterfaceError too."""
    return isinstance(error, _LOST) and not isinstance(error, ValueError)
