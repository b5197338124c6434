"""What happened to leads that were opened here becomes events of the outbox, for each home-made CRM that asks for it.

What happened is noted by the database in its own transaction (migration 0530); here a note and the events that follow
from it are one transaction again, so that each is told once, whoever is killed. One node at a time keeps their order.
"""

import asyncio
from typing import Final, NoReturn
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis

from crm_sync.generic.fields import TOUCHED
from crm_sync.generic.news import KINDS
from crm_sync.generic.store import SQL
from trunkline.db.types import Connection, Pool
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SECONDS: Final = 1.0
_AT_ONCE: Final = 500


async def run_lead_news(pool: Pool, redis: Redis) -> NoReturn:
    """For ever; while there is much, without a pause."""
    while True:
        noted = 0
        try:
            noted = await one_round(pool, redis)
        except DATABASE_TROUBLE as error:
            log.warning("crm_lead_news_wait", error=str(error) or type(error).__name__)
        if noted < _AT_ONCE:
            await asyncio.sleep(_SECONDS)


async def one_round(pool: Pool, redis: Redis | None) -> int:
    """The oldest notes; how many there were."""
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval(SQL["claim_lead_news"]):
            return 0
        noted = await connection.fetch(SQL["take_lead_news"], _AT_ONCE)
        events = await _events(connection, noted)
        await append_many(connection, events)
    if events:
        await wake(redis, OUTBOX_WAKE)
    return len(noted)


async def _events(connection: Connection, noted: list[asyncpg.Record]) -> list[NewEvent]:
    """Of a lead in its order. One that became part of another is not told as closed: the wish goes on."""
    crms = await connection.fetch(SQL["told_of_leads"]) if noted else []
    return [
        _event(crm, row)
        for row in sorted(noted, key=lambda one: one["id"])
        for crm in crms
        if row["event"] in crm["tells"] and not row["is_merged"]
    ]


def _event(crm: asyncpg.Record, row: asyncpg.Record) -> NewEvent:
    stream = f"generic:{crm['id']}:lead:{row['lead_id']}"
    told = {"connector": str(crm["id"]), "account": urlsplit(crm["portal"]).netloc, "lead": str(row["lead_id"])}
    what = f"{row['event']}:{row['touch_id']}" if row["event"] == TOUCHED else row["event"]
    touch = {"touch": str(row["touch_id"])} if row["event"] == TOUCHED else {}
    return NewEvent(stream, KINDS[row["event"]], f"{stream}:{what}", told | touch)
