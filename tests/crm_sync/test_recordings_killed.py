"""A worker killed at any point between a recording that is kept and its being in the portal: it is told once."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.crm_sync.recorder import EVERYTHING, Recorder, recorder
from tests.crm_sync.scene import Scene
from tests.faults.harness import kill_at_every_point
from tests.recordings.test_silencing import TEXT

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def booth(scene: Scene, tmp_path: Path) -> AsyncIterator[Recorder]:
    async with recorder(scene, tmp_path) as found:
        yield found


@pytest.fixture
async def scribe(scene: Scene, tmp_path: Path) -> AsyncIterator[Recorder]:
    async with recorder(scene, tmp_path, EVERYTHING) as found:
        yield found


async def told_once(booth: Recorder, texts: int) -> None:
    """The portal has the sound as it is now, and as many texts."""
    await booth.deliver_all()
    (call,) = await booth.scene.calls()
    portal = booth.scene.portal
    one = await booth.one(await booth.pool.fetchval("select id from recordings"))
    assert portal.record_of(str(call)) == (booth.recorded.workshop.parent / "kept" / one.copy_key).read_bytes()
    assert len(portal.transcripts_of(str(call))) == texts
    assert (len(portal.finished), portal.violations) == (1, [])
    assert await booth.scene.dead() == []


@pytest.mark.parametrize(("kind", "every"), [("sql", 4), ("store", 2)])
async def test_a_recording_that_is_kept_is_told_whenever_its_worker_was_killed(
    booth: Recorder,
    database_url: str,
    tmp_path: Path,
    kind: str,
    every: int,
    record_property: Callable[[str, object], None],
) -> None:
    """The event is there with the stage, or neither is. Every fourth and second point is tried."""
    await booth.happens("simple_answered", {"0": 1.0})
    await booth.deliver()
    one = await booth.named("0")

    async def prepare() -> None:
        await booth.pool.execute("truncate outbox, outbox_log, outbox_streams, recording_steps, transcripts")
        await booth.pool.execute("update crm_calls set record_id = null, record_version = ''")
        await booth.pool.execute("update recordings set stage = 'found', tries = 0, size = 0, peaks = '', sha256 = ''")
        booth.scene.clock.at += 60

    async def check() -> None:
        kept = await booth.pool.fetchval("select stage = 'kept' from recordings")
        assert len(await booth.waiting()) == (1 if kept else 0)
        await booth.kept("0")
        assert await booth.waiting() == ["bitrix24.record"]
        await told_once(booth, 0)

    arguments = [database_url, str(tmp_path), str(one.id)]
    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.doomed:go_on",
        arguments,
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )
    assert tried.points >= 3


@pytest.mark.parametrize(("kind", "every"), [("sql", 3), ("socket", 5)])
async def test_a_worker_killed_at_every_point_sends_the_sound_and_one_text(
    scribe: Recorder,
    database_url: str,
    tmp_path: Path,
    kind: str,
    every: int,
    record_property: Callable[[str, object], None],
) -> None:
    """Every third and fifth point is tried."""
    await scribe.happens("simple_answered", {"0": 6.0})
    await scribe.deliver()
    one = await scribe.kept("0")
    await scribe.written_down(one, TEXT)
    await scribe.looked_through(one)
    world = scribe.scene.portal.world

    async def prepare() -> None:
        await scribe.pool.execute("truncate outbox, outbox_log, outbox_streams")
        await scribe.pool.execute(
            "update crm_calls set record_id = null, record_version = '', transcript_id = '', transcript_at = null"
        )
        world.records.clear()
        world.transcripts.clear()
        world.statistic[0]["TRANSCRIPT_ID"] = None
        scribe.scene.clock.at += 60
        async with scribe.pool.acquire() as connection, connection.transaction():
            await scribe.analysing.settled(connection, one.call_id)
        assert len(await scribe.waiting()) == 2

    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.doomed:drain",
        [database_url, str(scribe.scene.clock.at), str(tmp_path)],
        tell=record_property,
        prepare=prepare,
        check=lambda: told_once(scribe, 1),
        every=every,
    )
    assert tried.points >= 6


async def test_a_worker_killed_while_it_silences_tells_the_silent_sound(
    scribe: Recorder, database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    await scribe.happens("simple_answered", {"0": 6.0})
    await scribe.deliver()
    one = await scribe.kept("0")
    await scribe.written_down(one, TEXT)

    async def prepare() -> None:
        await scribe.pool.execute("truncate outbox, outbox_log, outbox_streams")
        await scribe.pool.execute("update crm_calls set record_id = null, record_version = '', transcript_id = ''")
        await scribe.pool.execute("update analyses set stage = 'wanted', stop = null, tries = 0")
        await scribe.pool.execute("update recording_redactions set silenced_at = null")
        await scribe.pool.execute("update recordings set muting = true")
        scribe.scene.portal.world.transcripts.clear()
        scribe.scene.portal.world.statistic[0]["TRANSCRIPT_ID"] = None
        scribe.scene.clock.at += 60

    async def check() -> None:
        done = await scribe.pool.fetchval("select stage = 'analysed' from analyses")
        assert len(await scribe.waiting()) == (2 if done else 0)
        await scribe.looked_through(one)
        await told_once(scribe, 1)

    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.doomed:analyse",
        [database_url, str(tmp_path), str(one.id)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=3,
    )
    assert tried.points >= 5
