"""A worker killed again and again in the middle of its batches loses no step and doubles none."""

import asyncio
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.calls.dialogues import NAMES, PBX
from tests.fakes.dialogue import call_again
from tests.fakes.waiting import eventually
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Pool
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.asterisk.messages import events_of
from trunkline.pbx.ports import pack_run
from trunkline.spool import Kind, SpoolWriter
from trunkline.writer import Post, SpoolApplier

CALLS = 200
KILLS = 4
ROWS = "select to_jsonb(calls) - 'updated_at' as row from calls order by id"

WORKER = """
import asyncio, sys
from pathlib import Path
from trunkline import writer
from trunkline.calls.applier import CallApplier
from trunkline.db.pool import open_pool
from trunkline.writer import SpoolApplier

writer._BATCH_RECORDS = 40  # many batches to be killed in

async def wake(_topics, _posts): pass

async def main(url, root):
    async with open_pool(url, size=2) as pool:
        await SpoolApplier(pool, "n", Path(root), [CallApplier()], wake).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def wake(_topics: frozenset[str], _posts: Sequence[Post]) -> None:
    return None


async def more_than(pool: Pool, steps: int) -> bool:
    """Whether more steps are stored than that."""
    return bool(await pool.fetchval("select count(*) from steps") > steps)


@pytest.mark.timeout(120)
async def test_a_killed_worker_goes_on_where_it_was(pool: Pool, database_url: str, tmp_path: Path) -> None:
    names = [name for name in NAMES if name != "ami_resync"]
    runs = [call_again(names[copy % len(names)], copy, 1_795_320_000 + copy) for copy in range(CALLS)]
    spool = tmp_path / "spool"
    with SpoolWriter(spool / "pbx", cap_bytes=1 << 30) as writer:
        for frames in runs:
            for first in range(0, len(frames), 5):
                writer.append(Kind.AMI, pack_run(PBX, join_frames(frames[first : first + 5])))
    told = {event.step_id for frames in runs for frame in frames for event in events_of(PBX, frame, 0)}

    chance = random.Random(7)
    for _ in range(KILLS):
        before = await pool.fetchval("select count(*) from steps")
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, database_url, str(spool))
        await eventually(lambda seen=before: more_than(pool, seen), 30)  # type: ignore[misc]  # lambda defaults
        await asyncio.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert 0 < await pool.fetchval("select count(*) from steps") < len(told), "the kills came too late to tell"
    await SpoolApplier(pool, "n", spool, [CallApplier()], wake).drain()

    stored = [row["step_id"] for row in await pool.fetch("select step_id from steps")]
    assert len(stored) == len(set(stored))
    assert set(stored) == told
    rows = await pool.fetch(ROWS)
    await pool.execute("truncate calls, steps, spool_positions, spool_rejects")
    await SpoolApplier(pool, "n", spool, [CallApplier()], wake).drain()
    assert await pool.fetch(ROWS) == rows
