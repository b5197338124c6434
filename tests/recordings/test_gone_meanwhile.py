"""A recording that is refused, or expires, while a worker is at it: nothing that is put for it stays in the store."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from errno import EPERM
from pathlib import Path
from types import SimpleNamespace

import pytest
from redis.asyncio import Redis

from recordings import leftovers
from recordings.expiring import expire, run_expiry
from recordings.finding import GO_ON
from recordings.forgetting import forget_again
from recordings.keeping import KeepRule
from recordings.leftovers import OLD_SECONDS, sweep
from recordings.recording import Recording, Stage
from recordings.refusing import refuse
from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from tests.recordings.conftest import Studio, tone
from tests.recordings.doomed import Turn
from tests.recordings.refusals import refusing, waits
from trunkline.background import end
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.jobs.house import WorkerServices
from trunkline.settings import load
from trunkline.web.i18n import Translations

pytestmark = pytest.mark.timeout(180)
_CALL = """
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, outcome,
    answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap)
values ($1, 'office', '1.1', 'in', '', '', '', '', now(), 'answered',
    '', '{}', '{}', '{}', '{}', '{}', 0, 0, false, false)
"""


def left(studio: Studio) -> list[str]:
    return [path.name for path in studio.kept.rglob("*") if path.is_file()]


async def of_call(studio: Studio, file: str) -> Recording:
    """One whose call is known."""
    one, now = await studio.one(await studio.found(file)), datetime.now(UTC)
    async with studio.pool.acquire() as connection:
        await ensure_partition(connection, "calls", now.year, now.month)
    await studio.pool.execute(_CALL, one.call_id)
    return one


async def refused(studio: Studio, one: Recording) -> None:
    async with refusing(studio.pool, one):
        pass


async def expired(studio: Studio, _one: Recording) -> None:
    late = datetime.now(UTC) + timedelta(days=2)
    assert await expire(studio.pool, studio.vault, [KeepRule(1)], late) == 1


@pytest.mark.parametrize(("goes", "stage"), [(refused, Stage.REFUSED), (expired, Stage.EXPIRED)])
async def test_its_opus_does_not_stay(studio: Studio, goes: Callable[..., object], stage: Stage) -> None:
    """It goes while it waits for a processor, and is converted then."""
    one = await of_call(studio, tone(studio.monitor / "q.wav").name)
    turn = Turn()
    pipeline = replace(studio.pipeline, processors=turn)
    going = asyncio.create_task(pipeline.go_on(one.id.bytes))
    await turn.asked.wait()

    await goes(studio, one)  # type: ignore[misc]  # an async function
    turn.release()
    await going

    assert (left(studio), (await studio.one(one.id)).stage) == ([], stage)


async def test_a_refusal_that_is_about_to_be_told_is_waited_for(studio: Studio) -> None:
    """What was fetched meanwhile goes, and what is to be deleted at the PBX has its job."""
    one = await of_call(studio, tone(studio.monitor / "q.wav").name)
    async with studio.pool.acquire() as connection, connection.transaction():
        # The recordings are not refused with it, as after a fault of ours.
        await connection.execute(
            "update calls set notice_version = 1, notice_state = 'refused' where id = $1", one.call_id
        )
        going = asyncio.create_task(studio.pipeline.go_on(one.id.bytes))
        await eventually(lambda: waits(studio.pool))
        assert left(studio) == [f"{one.id}.wav"]
    await going

    assert (left(studio), (await studio.one(one.id)).stage) == ([], Stage.REFUSED)
    assert await studio.pool.fetchval("select count(*) from pgqueuer where entrypoint = $1", GO_ON) == 1


async def test_two_workers_at_one_take_nothing_from_each_other(studio: Studio) -> None:
    one = await of_call(studio, tone(studio.monitor / "q.wav").name)
    turn = Turn()
    pipeline = replace(studio.pipeline, processors=turn)
    going = asyncio.create_task(pipeline.go_on(one.id.bytes))
    await turn.asked.wait()
    await studio.pipeline.go_on(one.id.bytes)
    turn.release()
    await going

    assert (left(studio), (await studio.one(one.id)).stage) == ([f"{one.id}.opus"], Stage.KEPT)


@pytest.mark.parametrize("kind", ["sql", "store"])
async def test_whenever_its_worker_is_killed_nothing_stays_for_more_than_a_day(
    studio: Studio, database_url: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    """Another worker has deleted it meanwhile, and nobody comes back to it but the sweep of the day after."""
    os.utime(tone(studio.monitor / "q.wav", 0.5), (0, 0))
    identifier = await studio.found("q.wav")
    arguments = [database_url, str(studio.kept), str(studio.pipeline.workshop), str(identifier)]
    strays = 0

    async def prepare() -> None:
        for folder in (*studio.kept.iterdir(), *studio.monitor.glob("*"), *studio.pipeline.workshop.glob("*")):
            shutil.rmtree(folder, ignore_errors=True)
        os.utime(tone(studio.monitor / "q.wav", 0.5), (0, 0))
        await studio.pool.execute("delete from recording_steps; delete from pgqueuer")
        await studio.pool.execute(
            "update recordings set stage = 'found', tries = 0, size = 0, peaks = '', sha256 = '', gone_at = null"
        )

    async def check() -> None:
        nonlocal strays
        one = await studio.one(identifier)
        async with studio.pool.acquire() as connection, connection.transaction():
            await refuse(connection, one.call_id)
        await studio.pipeline.go_on(identifier.bytes)  # as the queue gives it to another
        # Where the PBX's file was gone already, the queue looks for it again.
        assert (await studio.one(identifier)).stage in {Stage.REFUSED, Stage.DELETED}
        the_day_after = time.time() + 2 * OLD_SECONDS
        strays += bool(await stays(studio, the_day_after))
        assert await forget_again(studio.pool, studio.vault, datetime.fromtimestamp(the_day_after, UTC)) == 1
        assert await stays(studio, the_day_after) == []
        assert await forget_again(studio.pool, studio.vault, datetime.fromtimestamp(the_day_after, UTC)) == 0

    tried = await kill_at_every_point(
        kind, "tests.recordings.doomed:outlived", arguments, tell=record_property, prepare=prepare, check=check
    )

    assert (tried.passed, tried.points > 3, strays > 0) == (True, True, True)


async def test_what_is_put_for_it_after_all_goes_the_day_after(studio: Studio, tmp_path: Path) -> None:
    """A copy for players, a source that came late: whoever put them was killed before he looked again."""
    one = await studio.worked(tone(studio.monitor / "q.wav").name)
    async with studio.pool.acquire() as connection, connection.transaction():
        await refuse(connection, one.call_id)
    await studio.pipeline.go_on(one.id.bytes)
    assert (await studio.one(one.id)).stage is Stage.DELETED
    for key in (one.copy_key, one.source_key, one.key):
        await studio.vault.put(key, tone(tmp_path / "late.wav"))

    now = datetime.now(UTC)
    assert await forget_again(studio.pool, studio.vault, now) == 0
    assert await forget_again(studio.pool, studio.vault, now + timedelta(seconds=OLD_SECONDS)) == 1

    assert (left(studio), (await studio.one(one.id)).sha256) == ([], b"")


async def stays(studio: Studio, now: float) -> list[str]:
    """What lies in the store that was begun and ended."""
    await studio.vault.sweep(now)
    sweep(studio.pipeline.workshop, now)
    return left(studio)


async def test_what_the_store_does_not_let_go_is_tried_again_and_holds_up_nothing(studio: Studio) -> None:
    tone(studio.monitor / "q.wav"), tone(studio.monitor / "r.wav")
    stuck, other = [await studio.worked(name) for name in ("q.wav", "r.wav")]
    await studio.pool.execute("update recordings set stage = 'expired', gone_at = now() - interval '2 days'")
    (studio.kept / stuck.key).unlink()
    (studio.kept / stuck.key / "x").mkdir(parents=True)  # what is no file is not deleted

    now = datetime.now(UTC)
    assert await forget_again(studio.pool, studio.vault, now) == 1

    assert not (studio.kept / other.key).exists()
    assert await waiting(studio.pool) == {stuck.id}
    shutil.rmtree(studio.kept / stuck.key)
    assert await forget_again(studio.pool, studio.vault, now + timedelta(days=2)) == 1
    assert await waiting(studio.pool) == set()


async def waiting(pool: Pool) -> set[object]:
    return {row["id"] for row in await pool.fetch("select id from recordings where gone_at is not null")}


async def test_a_folder_that_cannot_be_swept_holds_up_nothing(
    studio: Studio, redis: Redis, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hour's work is of its own; of two leftovers the one that may go goes."""
    one = await studio.worked(tone(studio.monitor / "q.wav").name)
    await studio.pool.execute("update recordings set stage = 'deleted', gone_at = now() - interval '2 days'")
    left = data_dir / "workshop"
    for name in ("a", "b"):
        (left / name).mkdir(parents=True)
        os.utime(left / name, (0, 0))
    remove = shutil.rmtree

    def removed(path: Path) -> None:
        if path.name == "a":
            raise PermissionError(EPERM, "Operation not permitted")
        remove(path)

    monkeypatch.setattr(leftovers, "shutil", SimpleNamespace(rmtree=removed))  # root may remove everything
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(data_dir), "TRUNKLINE_RECORDINGS_DIRECTORY": str(studio.kept)})
    work = asyncio.create_task(run_expiry(WorkerServices(settings, studio.pool, redis, Translations(()))))
    try:
        await eventually(lambda: is_empty(studio))
    finally:
        await end([work])

    assert [path.name for path in left.iterdir()] == ["a"]
    assert not (studio.kept / one.key).exists()


async def is_empty(studio: Studio) -> bool:
    return await waiting(studio.pool) == set()
