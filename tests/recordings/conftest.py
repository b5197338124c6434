"""A PBX whose folder of recordings this machine sees, and the pipeline over a store of its own."""

import wave
from array import array
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import pi, sin
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis

from recordings import store
from recordings.analysing import Analysing
from recordings.finding import follow_recordings
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.recording import Recording, Stage
from recordings.silencing import Silencer
from recordings.vault import Vault
from tests.calls.dialogues import PBX, dialogue
from tests.contacts.conftest import add_person, box, browser, hasher, passwords
from trunkline.calls.announce import Announcement
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Connection, Pool
from trunkline.ids import call_uuid
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import pack_run
from trunkline.spool import Kind, Position, Record

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
MONITOR = "/var/spool/asterisk/monitor"


def tone(path: Path, seconds: float = 1.0, *, rate: int = 8000, sides: int = 1) -> Path:
    """A WAV whose sides sound one after the other, each half as loud as the one before."""
    samples = array("h")
    for place in range(int(seconds * rate)):
        speaks = place * sides // int(seconds * rate)
        height = int(16000 * sin(2 * pi * 440 * place / rate)) >> speaks
        samples.extend(height if side == speaks else 0 for side in range(sides))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sides)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@dataclass
class Studio:
    """The PBX `office` and what becomes of its recordings."""

    pool: Pool
    monitor: Path
    vault: Vault
    kept: Path
    pipeline: Pipeline
    calls: int = 0

    async def found(self, file: str) -> UUID:
        """A call that was recorded to `file`."""
        self.calls += 1
        now = datetime.now(UTC).timestamp()
        async with self.pool.acquire() as connection:
            call_id = call_uuid("office", f"{int(now)}.{self.calls}", now)
            identifier = await store.note_found(connection, call_id, "office", f"{int(now)}.{self.calls}", file)
        assert identifier is not None
        return identifier

    async def worked(self, file: str) -> Recording:
        """`file` as it is after one go of the pipeline."""
        identifier = await self.found(file)
        await self.pipeline.go_on(identifier.bytes)
        return await self.one(identifier)

    async def one(self, identifier: UUID) -> Recording:
        """How it stands."""
        async with self.pool.acquire() as connection:
            found = await store.find(connection, identifier)
        assert found is not None
        return found


@pytest.fixture
async def studio(pool: Pool, tmp_path: Path) -> AsyncIterator[Studio]:
    monitor, kept = tmp_path / "monitor", tmp_path / "kept"
    monitor.mkdir()
    await pool.execute(
        "insert into pbxs (id, name, kind, settings, active) values ('office', 'Office', 'asterisk', $1, true)",
        {"recordings_seen": str(monitor)},
    )
    vault = Vault(kept)
    async with Prober() as prober:
        pipeline = Pipeline(pool, PgQueuerJobs(pool, None), vault, prober, tmp_path / "workshop")
        yield Studio(pool, monitor, vault, kept, pipeline)


@pytest.fixture
def analysing(pool: Pool, tmp_path: Path) -> Analysing:
    """The jobs over a text, with a store of their own."""
    return Analysing(pool, Silencer(pool, Vault(tmp_path / "kept"), tmp_path / "workshop"))


async def told(jobs: PgQueuerJobs, connection: Connection, news: list[Announcement]) -> frozenset[str]:
    return await follow_recordings(connection, jobs, news)


@pytest.fixture
async def one(pool: Pool, redis: Redis, data_dir: Path, tmp_path: Path) -> Recording:
    """The recording of a dialogue that the real Asterisk told, kept."""
    jobs, monitor = PgQueuerJobs(pool, redis), tmp_path / "monitor"
    monitor.mkdir()
    record = Record(
        Kind.AMI, 1_795_320_000.0, pack_run(PBX, join_frames(dialogue("recorded_mixmonitor").frames)), Position(0, 0)
    )
    async with pool.acquire() as connection, connection.transaction():
        await CallApplier(partial(told, jobs)).apply(connection, [record])
        (row,) = await connection.fetch("select id, file from recordings")
        await connection.execute(
            "insert into pbxs (id, name, kind, settings, active) values ($1, $1, 'asterisk', $2, true)",
            *(PBX, {"recordings_seen": str(monitor), "recordings_at": str(Path(row["file"]).parent)}),
        )
    tone(monitor / Path(row["file"]).name, 2.0)
    async with Prober() as prober:
        vault = Vault(data_dir / "recordings")
        await Pipeline(pool, jobs, vault, prober, tmp_path / "workshop").go_on(row["id"].bytes)
    async with pool.acquire() as connection:
        found = await store.find(connection, row["id"])
    assert found is not None
    assert found.stage is Stage.KEPT
    return found
