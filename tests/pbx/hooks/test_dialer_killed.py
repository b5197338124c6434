"""A worker killed at every point of a dial over a hosted PBX: the provider is asked once at most, whatever follows."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from tests.fakes.diallers import diallers
from tests.faults.harness import kill_at_every_point
from tests.pbx.hooks.company import CLIENT
from tests.pbx.hooks.dials import TALK, accept, hooks, look, move_to_the_call, open_account, send, standing, tell
from trunkline.db.types import Pool


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["uis", "onlinepbx"])
@pytest.mark.parametrize("kind", ["sql", "socket"])
async def test_killed_at_every_point(
    pool: Pool, redis: Redis, database_url: str, name: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    async with diallers() as fake:
        await open_account(pool, fake, name)
        await pool.execute("update dial_rules set number_calls = 1000, number_minutes = 100000, day_minutes = 100000")

        async def prepare() -> None:
            await pool.execute("truncate calls, steps, call_keys, agent_calls")
            await pool.execute("delete from dials")
            fake.dialled.clear()
            await accept(pool)

        async def check() -> None:
            """Another worker goes on; the webhooks come where somebody rang."""
            (dial,) = [row["id"] for row in await pool.fetch("select id from dials")]
            for _ in range(2):
                await send(pool, redis)
                await look(pool, redis)
            assert fake.dialled in ([], [("101", CLIENT[1:])])
            await move_to_the_call(pool)
            if fake.dialled:
                await tell(pool, hooks(name, TALK))
            await look(pool, redis)
            wanted = "answered" if fake.dialled else "unknown"
            assert (await standing(pool, dial))[:2] == ("ended", wanted)

        tried = await kill_at_every_point(
            kind,
            "tests.pbx.hooks.doomed:dial",
            [database_url, "20"],
            tell=record_property,
            prepare=prepare,
            check=check,
        )

    assert tried.points >= 3
