"""Whose chats are told of leads and works: looked for every two seconds, by what the tables have and what was told.

Nothing of it rides in the transactions of leads: a look finds what a look before it left, whoever changed the lead and
by whatever way.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from crm_sync.bots.buttons import NEEDS, Action
from crm_sync.bots.posts import LATEST, SQL, post_event
from crm_sync.bots.store import utc_now
from trunkline.db.types import Connection, Pool
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.credentials import held
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SECONDS: Final = 2.0
MOST_SINGLES: Final = 5
"""So many works a chat is told of one by one in a turn; more are one message."""
_TURN: Final = timedelta(minutes=1)
_FOLLOWED: Final = timedelta(days=7)
"""So long a message is changed as its lead changes."""


@dataclass(frozen=True, slots=True)
class Following:
    """The worker's."""

    pool: Pool
    redis: Redis | None

    async def run(self) -> NoReturn:
        """For ever."""
        while True:
            try:
                await self.one_round(utc_now())
            except DATABASE_TROUBLE as error:
                log.warning("leads_not_told", error=str(error) or type(error).__name__)
            await asyncio.sleep(_SECONDS)

    async def one_round(self, now: datetime) -> None:
        """What there is to tell, in one transaction with what it was told by."""
        async with self.pool.acquire() as connection, connection.transaction():
            folded = await _begin(connection, now)
            await connection.execute(SQL["end_posts"], now - _FOLLOWED)
            told = await tell_of_leads(connection, now) + await tell_of_works(connection, now) + folded
            await append_many(connection, told)
        if told:
            await wake(self.redis, OUTBOX_WAKE)


async def tell_of_leads(connection: Connection, now: datetime, lead: UUID | None = None) -> list[NewEvent]:
    """Of all that stand otherwise than they were told of, or of one."""
    return [post_event(row) for row in await connection.fetch(SQL["tell_of_leads"], now - _FOLLOWED, lead)]


async def tell_of_works(connection: Connection, now: datetime, work: UUID | None = None) -> list[NewEvent]:
    """The same of works."""
    return [post_event(row) for row in await connection.fetch(SQL["tell_of_works"], now - _FOLLOWED, work)]


async def _begin(connection: Connection, now: datetime) -> list[NewEvent]:
    chats = await connection.fetch(SQL["chats_bound"])
    if not chats:
        return []
    takers = {chat["person_id"] for chat in chats if NEEDS[Action.TAKE] in held(chat)}
    leads = await connection.fetch(SQL["leads_to_tell"], now - LATEST, sorted(takers))
    await begin_posts(connection, "lead", [(lead, lead["id"]) for lead in leads], now)
    await connection.execute(SQL["unfold_works"])
    single, folded = singles(await connection.fetch(SQL["works_to_tell"], now - LATEST, now - _TURN))
    await begin_posts(connection, "work", [(work, work["id"]) for work in single], now)
    return await _fold(connection, folded, now)


def singles(works: Sequence[asyncpg.Record]) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """Which works are told of by a message each, and which by one of all: those of a chat that has had its share."""
    of_chat = Counter(_chat_of(work) for work in works)
    single: list[asyncpg.Record] = []
    folded: list[asyncpg.Record] = []
    for work in works:
        (single if work["lately"] + of_chat[_chat_of(work)] <= MOST_SINGLES else folded).append(work)
    return single, folded


def _chat_of(work: asyncpg.Record) -> tuple[UUID, str]:
    return work["bot_id"], work["chat_id"]


async def _fold(connection: Connection, works: Sequence[asyncpg.Record], now: datetime) -> list[NewEvent]:
    """One message of them in each chat: they are too many to be told one by one, as when a base is first read."""
    if not works:
        return []
    bots, people, ids, places = ([work[name] for work in works] for name in ("bot_id", "person_id", "id", "chat_id"))
    await connection.execute(SQL["fold_works"], now, bots, people, ids, places)
    rows = await connection.fetch(SQL["tell_of_folded"], now, LATEST, bots, people, places)
    return [post_event(row) for row in rows]


async def begin_posts(
    connection: Connection, kind: str, pairs: Sequence[tuple[asyncpg.Record, UUID]], now: datetime
) -> None:
    """A message of each thing in each chat; `pairs` are rows of chats and what it is about."""
    if pairs:
        bots, people = [chat["bot_id"] for chat, _ in pairs], [chat["person_id"] for chat, _ in pairs]
        places = [chat["chat_id"] for chat, _ in pairs]
        await connection.execute(SQL["begin_posts"], kind, now, bots, people, [about for _, about in pairs], places)
