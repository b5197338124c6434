"""A disk that is full, where recordings are kept or where they are worked on: they wait, whole, and go on with room."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recordings.leftovers import sweep
from recordings.recording import Stage
from tests.recordings.conftest import Studio, tone

_ALONE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
"""A mount that is nobody else's; Debian lets every user have one."""


def _may_mount() -> bool:
    tried = ("sh", "-c", "mount -t tmpfs none /mnt")
    try:
        return subprocess.run([*_ALONE, *tried], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not _may_mount(), reason="this machine lets us mount nothing")
@pytest.mark.parametrize(
    ("place", "size", "stays"),
    [
        ("kept", "16k", Stage.FOUND),
        ("kept", "64k", Stage.CHECKED),
        ("workshop", "16k", Stage.FETCHED),
        ("workshop", "64k", Stage.CHECKED),
    ],
)
async def test_it_waits_for_room_and_is_kept_whole(
    studio: Studio, database_url: str, place: str, size: str, stays: Stage
) -> None:
    """A WAV that fills 64 kB to the last block; its Opus comes beside it."""
    tone(studio.monitor / "q.wav", 4.0)
    identifier = await studio.found("q.wav")
    full, room = await _worked(studio.monitor.parent, place, size, database_url, str(identifier))

    assert (full["stage"], full["stop"], full["tries"]) == (stays, None, 0)
    assert all("No space left on device" in error for error in full["errors"]), full["errors"]
    assert "No space left on device" in full["told"]
    source = f"kept/incoming/{identifier}.wav"
    assert full["files"] == ({} if stays is Stage.FOUND else {source: 64_044})
    one = await studio.one(identifier)
    assert (room["errors"], one.stage, one.stop, one.told) == ([""], Stage.KEPT, None, "")
    assert room["files"] == {f"kept/{one.key}": one.size}
    assert await studio.pool.fetchval("select count(*) from recording_steps") == 4


async def _worked(root: Path, *arguments: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(*_ALONE, sys.executable, "-m", "tests.recordings.cramped", str(root), *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines()]


async def test_what_killed_workers_left_goes_after_a_day(studio: Studio, tmp_path: Path) -> None:
    begun, workshop = studio.kept / "begun", tmp_path / "workshop"
    now = 1_800_000_000.0
    for folder, age in ((begun, 90_000), (begun, 80_000), (workshop, 90_000)):
        path = folder / str(age) / "source"
        path.parent.mkdir(parents=True)
        path.touch()
        for left in (path, path.parent):
            os.utime(left, (now - age, now - age))
    (begun / "file").touch()
    os.utime(begun / "file", (0, 0))
    (begun / "link").symlink_to(tmp_path)
    os.utime(begun / "link", (0, 0), follow_symlinks=False)

    assert await studio.vault.sweep(now) == 3
    assert sweep(workshop, now) == 1
    assert sweep(tmp_path / "none", now) == 0
    assert [path.name for path in (*begun.iterdir(), *workshop.iterdir())] == ["80000"]
    assert studio.monitor.exists()
