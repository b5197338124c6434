"""What is neither kept nor explained is told; what waited for its folder goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from recordings.absent import watch_absent
from recordings.recording import Stop
from recordings.watch import PATIENCE, take_up, watch
from tests.recordings.conftest import Studio, tone
from trunkline.alarms.alarm import AlarmBell
from trunkline.jobs.house import WorkerServices
from trunkline.pbx.recorded import told_of
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


@pytest.mark.parametrize(
    ("files", "change", "told"),
    [
        (("a.wav", "b.wav"), "settings", "is the folder mounted there"),
        (("a.wav", "b.wav"), "'{}'", "nobody said where this machine sees its folder"),
        (("/other/a.wav", "/other/b.wav"), "settings", "--at FOLDER"),
    ],
)
async def test_a_pbx_of_which_no_file_comes_any_more_raises_an_alarm(
    studio: Studio, services: WorkerServices, files: tuple[str, ...], change: str, told: str
) -> None:
    bell, later = AlarmBell(studio.pool, services.redis), datetime.now(UTC) + timedelta(minutes=16)
    open_alarms = "select title from alarms where key = 'recordings.files:office' and cleared_at is null"
    tone(studio.monitor / "before.wav")
    assert (await studio.worked("before.wav")).stop is None
    await studio.pool.execute(f"update pbxs set settings = {change}")
    await studio.worked(files[0])
    await watch_absent(bell, studio.pool, later, PATIENCE)
    assert await studio.pool.fetchval(open_alarms) is None  # one may be odd

    await studio.worked(files[1])
    await watch_absent(bell, studio.pool, datetime.now(UTC), PATIENCE)
    assert await studio.pool.fetchval(open_alarms) is None
    await watch_absent(bell, studio.pool, later, PATIENCE)
    assert told in await studio.pool.fetchval(open_alarms)

    await studio.pool.execute("update pbxs set settings = settings || $1", {"recordings_seen": str(studio.monitor)})
    tone(studio.monitor / "after.wav")
    assert (await studio.worked("after.wav")).stop is None
    await watch_absent(bell, studio.pool, later, PATIENCE)
    assert await studio.pool.fetchval(open_alarms) is None


async def test_a_pbx_whose_files_are_not_wanted_raises_none(studio: Studio, services: WorkerServices) -> None:
    await studio.pool.execute("update pbxs set settings = $1", told_of(None))
    for file in ("a.wav", "b.wav"):
        assert (await studio.worked(file)).stop is Stop.NO_FOLDER
    later = datetime.now(UTC) + timedelta(minutes=16)
    await watch_absent(AlarmBell(studio.pool, services.redis), studio.pool, later, PATIENCE)
    assert await studio.pool.fetchval("select count(*) from alarms") == 0


async def test_the_alarm_of_files_that_were_given_up_is_over(studio: Studio, services: WorkerServices) -> None:
    bell, now = AlarmBell(studio.pool, services.redis), datetime.now(UTC)
    for file in ("a.wav", "b.wav"):
        await studio.worked(file)
    for at, count in ((timedelta(minutes=16), 1), (timedelta(hours=25), 0)):
        await watch_absent(bell, studio.pool, now + at, PATIENCE)
        assert await studio.pool.fetchval("select count(*) from alarms where cleared_at is null") == count


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
