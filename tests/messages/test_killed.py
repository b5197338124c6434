"""A worker killed at any statement: the next one goes on, and nobody is told twice, or not at all."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from tests.faults.harness import kill_at_every_point
from tests.messages.conftest import READER, Office, add_lead, put, round_at, states
from tests.messages.rules import rule, step
from tests.messages.test_finding import add_debt
from trunkline.db.types import Pool
from trunkline.messages import finding
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Channel, Digest, Whom
from trunkline.messages.store import happened_to_leads


@pytest.mark.timeout(120)
async def test_killed_anywhere_it_tells_each_once(
    pool: Pool,
    redis: Redis,
    office: Office,
    database_url: str,
    valkey_url: str,
    record_property: Callable[[str, object], None],
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    await put(
        pool,
        rule("card", step(channel=Channel.TASK), working=False),
        rule("mail", step(), step(Whom.HEADS, after=0), working=False, digest=Digest.HOURLY),
        rule("debt", step(), step(Whom.DIRECTORS, after=5), kind=Kind.DEBT_OVERDUE, working=False, template="{amount}"),
    )

    async def prepare() -> None:
        await pool.execute("truncate messages, message_decisions, leads, debts, notices cascade")
        await pool.execute("truncate outbox, outbox_log, outbox_dead, outbox_streams")
        leads = [await add_lead(pool, office, f"+7916000000{number}") for number in range(2)]
        async with pool.acquire() as connection, connection.transaction():
            await happened_to_leads(connection, Kind.LEAD_OPENED, leads, now)
        for _ in range(2):
            await add_debt(pool, office, days=3)

    async def check() -> None:
        # The session of who was killed may hold the lock until the server has noticed.
        async with asyncio.timeout(20):
            while len([one for one in await states(pool) if one[1] == "sent"]) < 8:
                await finding.one_round(pool, READER.timezone, now)
                await round_at(pool, redis, now)
        assert await round_at(pool, redis, now) == 0
        # Two tasks; a digest to Anna and one to the head; two debts to Anna, each alone.
        assert await pool.fetchval("select count(*) from notices") == 2
        kinds = await pool.fetch("select payload ->> 'to' as who, payload ->> 'subject' as rule from outbox")
        assert sorted(tuple(row) for row in kinds) == [
            ("anna@example.com", "debt"),
            ("anna@example.com", "debt"),
            ("anna@example.com", "mail"),
            ("head@example.com", "mail"),
        ]
        assert len([one for one in await states(pool) if one[1] == "waiting"]) == 2

    tried = await kill_at_every_point(
        "sql",
        "tests.messages.doomed:tell_at",
        [database_url, valkey_url, now.isoformat()],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=4,
    )

    assert tried.points >= 8
