"""Asks messengers that post nothing what was said to their bots: one node at a time, each event once.

Who asks is a row with a time limit. An event is done in one transaction with its number, so that a node that dies in
between leaves it to the next; a node whose time has run out does nothing more.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NoReturn

from redis.asyncio import Redis

from crm_sync.answer import Refused
from crm_sync.bots.hearing import Ear
from crm_sync.bots.port import Polled, Update
from crm_sync.bots.store import SQL, Bot, utc_now
from trunkline.crypto import WrongKey
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import wake
from trunkline.web.i18n import reading
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
"""More than one question takes."""
_REST_SECONDS: Final = 5.0
"""Where there is nobody to ask, or nothing was answered."""
_QUICK_SECONDS: Final = 1.0
"""An empty answer that comes so soon did not wait: a server that takes no `pollTime`."""
_LONGEST_TROUBLE: Final = 300


@dataclass(frozen=True, slots=True)
class Polling:
    """`messengers` are those that have to be asked, by their names."""

    pool: Pool
    redis: Redis | None
    ear: Ear
    messengers: Mapping[str, Polled]
    node: str

    async def run(self) -> NoReturn:
        """For ever, each messenger on its own."""
        async with asyncio.TaskGroup() as group:
            for name in self.messengers:
                group.create_task(self._ask_on(name))
        raise AssertionError("it is asked for ever")

    async def _ask_on(self, kind: str) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            began, told = loop.time(), None
            try:
                told = await self.one_round(kind)
            except DATABASE_TROUBLE as error:
                log.warning("bot_not_asked", kind=kind, error=str(error) or type(error).__name__)
            if told is None or (not told and loop.time() - began < _QUICK_SECONDS):
                await asyncio.sleep(_REST_SECONDS)

    async def one_round(self, kind: str) -> int | None:
        """One question, and all that was told done: how much; None where there was nothing to ask, or no answer."""
        row = await self.pool.fetchrow(SQL["claim_events"], kind, self.node, LEASE)
        if row is None:
            return None
        after = row["last_event"]
        bot = Bot(**{name: value for name, value in row.items() if name not in {"last_event", "trouble"}})
        try:
            told = await self.messengers[kind].events(bot.access(self.ear.box), after)
        except (Refused, WrongKey) as error:
            log.warning("bot_not_heard", bot=bot.username, error=str(error))
            await self.pool.execute(SQL["bot_trouble"], bot.id, str(error)[:_LONGEST_TROUBLE])
            return None
        if row["trouble"]:
            await self.pool.execute(SQL["bot_trouble"], bot.id, "")
        for number, update in told:
            if number > after and not await self._done(bot, number, update):
                return None
        return len(told)

    async def _done(self, bot: Bot, number: int, update: Update | None) -> bool:
        """One event; False where it is another node's by now."""
        topics: frozenset[str] = frozenset()
        async with self.pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(SQL["event_heard"], bot.id, self.node, number, LEASE) is None:
                return False
            if update is not None:
                with reading(self.ear.reader, self.ear.translations):
                    topics = await self.ear.hear(connection, bot, update, utc_now())
        await wake(self.redis, *topics)
        return True
