"""A PBX's folder that something copies here each minute: what was copied too early is no recording, what was deleted
and is copied again is not gone.
"""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordings.at_pbx import BACK_SECONDS, THERE_AGAIN
from recordings.finding import GO_ON
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.recording import Recording, Stage, Stop
from recordings.refusing import refuse
from recordings.store import find
from recordings.vault import Vault
from recordings.whole import WAITED_FOR
from trunkline.calls.reading import find_call
from trunkline.db.types import Pool
from trunkline.jobs.queue import PgQueuerJobs


class Copied:
    """A recording of a real call, found and not fetched yet, and the folder that its PBX's is copied to."""

    def __init__(self, pool: Pool, one: Recording, folder: Path, ended: datetime, pipeline: Pipeline) -> None:
        self.pool, self.one, self.folder, self.ended, self.pipeline = pool, one, folder, ended, pipeline
        self.here = folder / Path(one.file).name
        self.there = folder.parent / "pbx.wav"

    async def copy(self, before_the_end: float = 0.0) -> None:
        """As rsync does, of what the PBX had written so many seconds before the talk ended."""
        whole = self.there.read_bytes()
        self.here.write_bytes(whole[: len(whole) // 2] if before_the_end else whole)
        at = self.ended.timestamp() - before_the_end
        os.utime(self.here, (at, at))

    async def go_on(self) -> Recording:
        await self.pipeline.go_on(self.one.id.bytes)
        async with self.pool.acquire() as connection:
            found = await find(connection, self.one.id)
        assert found is not None
        return found


@pytest.fixture
async def copied(one: Recording, pool: Pool, tmp_path: Path) -> AsyncIterator[Copied]:
    folder = tmp_path / "monitor"
    shutil.move(next(folder.iterdir()), tmp_path / "pbx.wav")
    await pool.execute("update recordings set stage = 'found', size = 0, found_at = now()")
    async with pool.acquire() as connection:
        told = await find_call(connection, one.call_id)
        found = await find(connection, one.id)
    assert told is not None
    assert found is not None
    leg = next(leg for leg in told[1].legs if leg.id == one.leg)
    ended = max(span.until for span in leg.bridged if span.until)
    async with Prober() as prober:
        pipeline = Pipeline(pool, PgQueuerJobs(pool, None), Vault(tmp_path / "store"), prober, tmp_path / "workshop")
        yield Copied(pool, found, folder, ended, pipeline)


async def test_a_copy_that_was_made_in_the_midst_of_the_talk_is_waited_for(copied: Copied) -> None:
    await copied.copy(before_the_end=30.0)
    now = await copied.go_on()
    assert (now.stage, now.stop, now.tries) == (Stage.FOUND, Stop.MISSING, 0)
    assert "ends 30 s before the talk" in now.told
    assert await copied.pool.fetchval("select count(*) from pgqueuer where execute_after > now()") > 0

    await copied.copy()
    now = await copied.go_on()

    assert (now.stage, now.stop) == (Stage.KEPT, None)
    assert now.seconds == pytest.approx(2.0, abs=0.1)


async def test_a_recording_that_was_stopped_in_the_midst_is_taken_in_the_end(copied: Copied) -> None:
    await copied.copy(before_the_end=30.0)
    await copied.pool.execute("update recordings set found_at = found_at - $1::interval", WAITED_FOR)

    assert (await copied.go_on()).stage is Stage.KEPT


async def refused(copied: Copied) -> Recording:
    await copied.copy()
    await copied.go_on()
    async with copied.pool.acquire() as connection, connection.transaction():
        await refuse(connection, copied.one.call_id)
    (copied.folder / "other.wav").touch()
    return await copied.go_on()


async def test_what_the_copying_brings_back_is_not_told_as_deleted(copied: Copied) -> None:
    assert (await refused(copied)).stage is Stage.DELETED
    assert not copied.here.exists()
    looked = await copied.pool.fetchval("select max(execute_after) from pgqueuer where entrypoint = $1", GO_ON)
    assert looked == pytest.approx(datetime.now(UTC) + timedelta(seconds=BACK_SECONDS), abs=timedelta(seconds=30))

    for _day in range(2):
        await copied.copy()
        now = await copied.go_on()
        assert (now.stage, now.stop, now.told) == (Stage.REFUSED, Stop.UNDELETED, THERE_AGAIN)
        assert not copied.here.exists()

    now = await copied.go_on()  # the PBX has it no more
    assert (now.stage, now.stop) == (Stage.DELETED, None)


async def test_what_is_gone_stays_deleted(copied: Copied) -> None:
    await refused(copied)

    now = await copied.go_on()

    assert (now.stage, now.stop, now.told) == (Stage.DELETED, None, "")
