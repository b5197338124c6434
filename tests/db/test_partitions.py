"""Partitions made by two at once: the writer makes the months it meets, a job those ahead."""

import asyncio

import asyncpg

from trunkline.db.partitions import ensure_partition


async def test_of_two_who_make_one_month_the_second_finds_it(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as first, pool.acquire() as second, second.transaction():
        making = first.transaction()
        await making.start()
        assert await ensure_partition(first, "calls", 2031, 5) == "calls_2031_05"
        waiting = asyncio.create_task(ensure_partition(second, "calls", 2031, 5))
        await until_it_waits(pool)
        await making.commit()

        assert await waiting is None
        assert await second.fetchval("select count(*) from calls_2031_05") == 0


async def until_it_waits(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(10):
        while not await pool.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
