"""What the doomed children of test_killed.py are: the process `pbx` of a node that acts, until a dialogue is over."""

import asyncio
from functools import partial
from pathlib import Path

from tests.fakes.waiting import eventually
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.plug import Timing
from trunkline.pbx.asterisk.process import run_pbx
from trunkline.pbx.ports import unpack_run
from trunkline.settings import load
from trunkline.spool import Kind, Position, SpoolReader

NODE = "a"
_TIMING = Timing(renew=0.1)


async def hear(database_url: str, valkey_url: str, key: str, data_dir: str, told: str) -> None:
    """Spool what the PBX says and mark it, until so many frames of calls are in the spool; then stop as told to."""
    environment = {
        "NODE": NODE,
        "DATA_DIR": data_dir,
        "DATABASE_URL": database_url,
        "REDIS_URL": valkey_url,
        "KEY": key,
    }
    settings = load(None, {f"TRUNKLINE_{name}": value for name, value in environment.items()})
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run_pbx(settings, stop, _TIMING))
        await eventually(partial(_marked, Path(data_dir) / "spool" / "pbx", int(told)), 30)
        stop.set()


def _marked(spool: Path, told: int) -> bool:
    records, _ = SpoolReader(spool).read(Position(0, 0), most=10_000)
    return len(calls_frames(spool)) >= told and bool(records) and records[-1].kind == Kind.MARK


def calls_frames(spool: Path) -> list[bytes]:
    """Frames of calls in that spool."""
    records, _ = SpoolReader(spool).read(Position(0, 0), most=10_000)
    runs = [unpack_run(record.payload)[1] for record in records if record.kind == Kind.AMI]
    return [frame for run in runs for frame in split_frames(run)[0] if b"\r\nLinkedid: " in frame]
