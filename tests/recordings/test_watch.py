"""What is neither kept nor explained is told; what waited for its folder goes on."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from recordings.recording import Stop
from recordings.watch import take_up, watch
from tests.recordings.conftest import Studio, tone
from trunkline.alarms.alarm import AlarmBell
from trunkline.jobs.house import WorkerServices
from trunkline.settings import load
from trunkline.web.i18n import Translations


@pytest.fixture
def services(studio: Studio, redis: Redis, data_dir: Path) -> WorkerServices:
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(data_dir)})
    return WorkerServices(settings, studio.pool, redis, Translations(()))


async def test_a_recording_that_hangs_raises_an_alarm_until_it_is_kept(
    studio: Studio, services: WorkerServices
) -> None:
    tone(studio.monitor / "q.wav")
    hangs, explained = await studio.found("q.wav"), await studio.found("none.wav")
    await studio.pipeline.go_on(explained.bytes)
    bell = AlarmBell(studio.pool, services.redis)
    open_alarms = "select count(*) from alarms where key = 'recordings.late' and cleared_at is null"

    await watch(bell, services)
    assert await studio.pool.fetchval(open_alarms) == 0
    await studio.pool.execute("update recordings set found_at = now() - interval '16 minutes'")
    await watch(bell, services)
    assert await studio.pool.fetchval(open_alarms) == 1
    facts = await studio.pool.fetchval("select facts from alarms where key = 'recordings.late'")
    assert facts["recordings"] == 1
    hangs_too = await studio.found("late.wav")
    await studio.pool.execute("update recordings set found_at = now() - interval '16 minutes'")
    await watch(bell, services)
    facts = await studio.pool.fetchval("select facts from alarms where key = 'recordings.late'")
    assert facts["recordings"] == 2
    await studio.pipeline.go_on(hangs_too.bytes)
    await studio.pipeline.go_on(hangs.bytes)
    await watch(bell, services)
    assert await studio.pool.fetchval(open_alarms) == 0


async def test_what_waited_for_the_folder_is_taken_up_once_it_is_named(
    studio: Studio, services: WorkerServices
) -> None:
    tone(studio.monitor / "q.wav")
    await studio.pool.execute("update pbxs set settings = '{}'")
    assert (await studio.worked("q.wav")).stop is Stop.NO_FOLDER

    assert await take_up(services) == 0
    await studio.pool.execute("update pbxs set settings = $1", {"recordings_seen": str(studio.monitor)})
    assert [await take_up(services), await take_up(services)] == [1, 0]
    assert await studio.pool.fetchval("select count(*) from pgqueuer where entrypoint = 'recordings.go_on'") == 1


async def test_those_whose_folder_nobody_names_hold_nobody_up(studio: Studio, services: WorkerServices) -> None:
    """As many as are taken up at once wait for another PBX's folder, and came first."""
    await studio.pool.execute("insert into pbxs (id, name, kind, active) values ('branch', 'Branch', 'asterisk', true)")
    await studio.found("0.wav")
    await studio.found("1.wav")
    await studio.pool.execute("update recordings set pbx = 'branch', stop = 'no-folder'")
    mine = await studio.found("2.wav")
    await studio.pool.execute("update recordings set stop = 'no-folder' where id = $1", mine)

    assert await take_up(services, most=2) == 1
    assert (await studio.one(mine)).stop is None
