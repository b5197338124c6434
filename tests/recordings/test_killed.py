"""A worker killed at every point of its work: another ends it, each stage once, and the sound is whole."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable

import pytest

from recordings.leftovers import OLD_SECONDS, sweep
from recordings.recording import Stage
from tests.faults.harness import kill_at_every_point
from tests.recordings.conftest import Studio, tone

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize(("kind", "every"), [("sql", 1), ("socket", 3), ("store", 1)])
async def test_a_recording_ends_once_whenever_its_worker_is_killed(
    studio: Studio, database_url: str, kind: str, every: int, record_property: Callable[[str, object], None]
) -> None:
    os.utime(tone(studio.monitor / "q.wav", 0.5), (0, 0))
    identifier = await studio.found("q.wav")
    arguments = [database_url, str(studio.kept), str(studio.pipeline.workshop), str(identifier)]

    async def prepare() -> None:
        for folder in studio.kept.iterdir():
            shutil.rmtree(folder)
        await studio.pool.execute("delete from recording_steps")
        await studio.pool.execute("update recordings set stage = 'found', tries = 0, size = 0, peaks = '', sha256 = ''")

    async def check() -> None:
        await studio.pipeline.go_on(identifier.bytes)
        one = await studio.one(identifier)
        assert (one.stage, one.stop) == (Stage.KEPT, None)
        assert hashlib.sha256((studio.kept / one.key).read_bytes()).digest() == one.sha256
        the_day_after = time.time() + 2 * OLD_SECONDS
        await studio.vault.sweep(the_day_after)
        sweep(studio.pipeline.workshop, the_day_after)
        assert [path.name for path in studio.kept.rglob("*") if path.is_file()] == [f"{one.id}.opus"]
        assert list(studio.pipeline.workshop.iterdir()) == []
        assert await studio.pool.fetchval("select count(*) from recording_steps") == 4

    tried = await kill_at_every_point(
        kind,
        "tests.recordings.doomed:go_on",
        arguments,
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.passed
    assert tried.points > 3
