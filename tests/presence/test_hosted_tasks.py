"""The worker's two tasks of hosted PBXs run by themselves: groups are switched, telephones published."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from tests.presence.test_hosted_groups import fast, megafon, sales
from tests.presence.test_hosted_phones import joins, shown
from trunkline.db.types import Pool
from trunkline.presence.hosted_groups import run_hosted_groups
from trunkline.presence.hosted_phones import run_hosted_phones
from trunkline.settings import Settings, load

__all__ = ["fast", "sales"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    told = {
        "TRUNKLINE_DATA_DIR": str(tmp_path),
        "TRUNKLINE_KEY": (b"k" * 32).hex(),
        "TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8",
    }
    return load(None, told)


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


@pytest.mark.parametrize("run", [run_hosted_groups, run_hosted_phones])
async def test_it_runs_and_ends_when_told_to(
    pool: Pool, redis: Redis, sales: None, settings: Settings, run: Callable[[Settings, Pool, Redis], Awaitable[None]]
) -> None:
    async with megafon(pool, anna=False, boris=True, vera=True) as cabinet:
        await joins(pool, "101")

        async def is_done() -> bool:
            return cabinet.rung["dep1"]["anna"] if run is run_hosted_groups else await shown(redis) == {"101": "inuse"}

        task: asyncio.Task[None] = asyncio.ensure_future(run(settings, pool, redis))
        try:
            await eventually(is_done)
        finally:
            await ended(task)
