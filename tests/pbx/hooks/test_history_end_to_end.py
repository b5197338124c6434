"""The process `worker` as it is wired: a lost call of a history and its recording come to where the others are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from tests.fakes.hosted_api import KEY, SECRET, cloud_at
from tests.fakes.waiting import eventually
from tests.pbx.hooks.test_histories import zadarma
from tests.pbx.hooks.test_store import BOX
from trunkline.app.worker_part import House
from trunkline.app.worker_spool import open_spool
from trunkline.background import running
from trunkline.directory.reader import Directory
from trunkline.jobs.house import WorkerServices
from trunkline.pbx.hooks.store import HostedPbx, save_hosted
from trunkline.settings import load
from trunkline.web.i18n import Translations


async def test_the_worker_reads_the_history(pool: asyncpg.Pool, redis: Redis, tmp_path: Path) -> None:
    told = {"TRUNKLINE_DATA_DIR": str(tmp_path), "TRUNKLINE_SECRETS_KEY": b"k".hex() * 32}
    settings = load(None, told)
    settings = replace(settings, web=replace(settings.web, recording_private_addresses=("127.0.0.0/8",)))
    services = WorkerServices(settings, pool, redis, Translations(()))
    start = datetime.now(UTC) - timedelta(hours=2)
    async with cloud_at() as cloud:
        cloud.calls = [zadarma("in_1", callstart=f"{start:%Y-%m-%d %H:%M:%S}")]
        pbx = HostedPbx(id="cloud", name="Cloud", kind="zadarma", settings={"zone": "UTC", "api_url": cloud.base})
        async with pool.acquire() as connection:
            assert await save_hosted(connection, BOX, pbx, {"api_key": KEY, "secret": SECRET})
        await pool.execute(
            "insert into hosted_histories (pbx, begun_at, read_until, deep_at, claimed_until)"
            " values ('cloud', now() - interval '1 day', now() - interval '3 hours', now(), now() - interval '1 s')"
        )
        directory = Directory.open(tmp_path / "directory")
        async with open_spool(House(services, redis, directory)) as part, running(dict(part.tasks)):
            await eventually(lambda: _is_there(pool))
        directory.close()

    (row,) = await pool.fetch("select outcome, answered_by, talk_ms from calls")
    assert tuple(row) == ("answered", "102", 60_000)
    assert await pool.fetchval("select provider_id from recording_references") == "1458314231.236561"


async def _is_there(pool: asyncpg.Pool) -> bool:
    return bool(await pool.fetchval("select exists (select from recording_references)"))
