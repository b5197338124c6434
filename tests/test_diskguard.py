"""The disk guard: what is short, who is told, what pages show."""

from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell, Severity, count_open, open_alarms
from trunkline.diskguard import Bounds, DiskGuard, Usage, judge, measure
from trunkline.settings import Settings, load


@pytest.mark.parametrize(
    ("usage", "disk", "spool"),
    [
        (Usage(free_mb=5000, spool_mb=0), None, None),
        (Usage(free_mb=1000, spool_mb=49), None, None),
        (Usage(free_mb=999, spool_mb=50), Severity.WARNING, Severity.WARNING),
        (Usage(free_mb=249, spool_mb=90), Severity.CRITICAL, Severity.CRITICAL),
    ],
)
def test_what_is_short(usage: Usage, disk: Severity | None, spool: Severity | None) -> None:
    shortages = judge(usage, Bounds(free_mb=1000, spool_mb=100), "a")
    assert [(shortage.key, shortage.severity) for shortage in shortages] == [
        ("disk.free:a", disk),
        ("disk.spool:a", spool),
    ]
    assert all(shortage.title % shortage.facts for shortage in shortages)


def test_the_spool_is_measured_with_all_its_processes(tmp_path: Path) -> None:
    for process in ("question", "pbx"):
        (tmp_path / "spool" / process).mkdir(parents=True)
        (tmp_path / "spool" / process / "0").write_bytes(bytes(2 * 1024 * 1024))
    usage = measure(tmp_path)
    assert usage.spool_mb == 4
    assert usage.free_mb > 0


def _settings(data_dir: Path, **limits: int) -> Settings:
    data_dir.mkdir(exist_ok=True)
    environ = {f"TRUNKLINE_LIMITS_{name.upper()}": str(value) for name, value in limits.items()}
    return load(None, {"TRUNKLINE_DATA_DIR": str(data_dir), "TRUNKLINE_NODE": "a", **environ})


async def test_a_full_disk_raises_an_alarm_and_reddens_the_pages(
    pool: asyncpg.Pool, redis: Redis, data_dir: Path
) -> None:
    now = [0.0]
    bell = AlarmBell(pool, redis)
    full = DiskGuard(_settings(data_dir, disk_free_mb=10**9), lambda: now[0])
    for _ in range(3):
        await full.tick(bell)
        now[0] += 10.0
    async with pool.acquire() as connection:
        [alarm] = await open_alarms(connection)
    assert (alarm.key, alarm.severity, alarm.count) == ("disk.free:a", Severity.CRITICAL, 1)
    assert full.warnings()[0].startswith("The disk of a has only")

    roomy = DiskGuard(_settings(data_dir, disk_free_mb=1))
    await roomy.tick(bell)
    assert roomy.warnings() == []
    assert sum((await count_open(pool)).values()) == 0
