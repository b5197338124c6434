"""The whole worker, as `trunkline serve worker` runs it: from what a PBX said to the recording in the portal."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.calls.dialogues import PBX, dialogue
from tests.crm_sync.recorder import MONITOR, recorded_frame
from tests.crm_sync.scene import Scene
from tests.fakes.waiting import eventually
from tests.recordings.conftest import tone
from trunkline.app.worker import run
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import pack_run
from trunkline.settings import load
from trunkline.spool import Kind
from trunkline.spool.writer import SpoolWriter


@pytest.mark.timeout(120)
async def test_what_a_pbx_said_becomes_a_call_with_its_sound(
    scene: Scene, database_url: str, valkey_url: str, redis: Redis, data_dir: Path, tmp_path: Path
) -> None:
    monitor = tmp_path / "monitor"
    monitor.mkdir()
    tone(monitor / "0.wav", 2.0)
    await scene.pool.execute(
        "insert into pbxs (id, name, kind, settings, active) values ($1, $1, 'asterisk', $2, true)",
        *(PBX, {"recordings_seen": str(monitor), "recordings_at": MONITOR}),
    )
    environment = {
        "TRUNKLINE_DATABASE_URL": database_url,
        "TRUNKLINE_REDIS_URL": valkey_url,
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8",
        "TRUNKLINE_SECRETS_KEY": (b"k" * 32).hex(),  # that of the scene
    }
    frames = [recorded_frame(frame, {"0": 2.0}) for frame in dialogue("simple_answered").frames]
    with SpoolWriter(data_dir / "spool" / "pbx", cap_bytes=1 << 24) as spool:
        spool.append(Kind.AMI, pack_run(PBX, join_frames(frames)))
    stop = asyncio.Event()
    working = asyncio.create_task(run(load(None, environment), stop))
    try:
        await eventually(lambda: bool(scene.portal.world.records), 90)
    finally:
        stop.set()
        await working
    (call,) = await scene.calls()
    assert len(scene.portal.activities_of(str(call))) == 1
    assert scene.portal.record_of(str(call)) is not None
    assert scene.portal.violations == []
