"""A worker killed in the middle of its batches, anywhere and again and again, loses no step and doubles none."""

import asyncio
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calls.dialogues import NAMES, PBX
from tests.calls.doomed import writer
from tests.fakes.dialogue import call_again
from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from trunkline.db.types import Pool
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.asterisk.messages import events_of
from trunkline.pbx.ports import pack_run
from trunkline.spool import Kind, SpoolWriter

CALLS = 100
KILLS = 2
ROWS = "select to_jsonb(calls) - 'updated_at' as row from calls order by id"


def accept(spool: Path, names: list[str], calls: int) -> set[object]:
    """So many recorded calls as `pbx` spools them, five frames a record; the ids of the steps they are."""
    runs = [call_again(names[copy % len(names)], copy, 1_795_320_000 + copy) for copy in range(calls)]
    with SpoolWriter(spool / "pbx", cap_bytes=1 << 30) as accepted:
        for frames in runs:
            for first in range(0, len(frames), 5):
                accepted.append(Kind.AMI, pack_run(PBX, join_frames(frames[first : first + 5])))
    return {event.step_id for frames in runs for frame in frames for event in events_of(PBX, frame, 0)}


async def forget(pool: Pool) -> None:
    await pool.execute("truncate calls, steps, spool_positions, spool_rejects")


async def more_than(pool: Pool, steps: int) -> bool:
    """Whether more steps are stored than that."""
    return bool(await pool.fetchval("select count(*) from steps") > steps)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["sql", "socket"])
async def test_a_worker_killed_at_every_point_stores_each_step_once(
    pool: Pool, database_url: str, tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    spool = tmp_path / "spool"
    told = accept(spool, ["simple_answered"], 1)
    await writer(pool, spool).drain()
    untouched = await pool.fetch(ROWS)

    async def prepare() -> None:
        await forget(pool)

    async def check() -> None:
        await writer(pool, spool).drain()
        stored = [row["step_id"] for row in await pool.fetch("select step_id from steps")]
        assert len(stored) == len(set(stored))
        assert set(stored) == told
        assert await pool.fetch(ROWS) == untouched
        assert await pool.fetchval("select count(*) from spool_rejects") == 0

    tried = await kill_at_every_point(
        kind,
        "tests.calls.doomed:drain",
        [database_url, str(spool), "7"],
        tell=record_property,
        prepare=prepare,
        check=check,
    )

    assert tried.points >= 8


@pytest.mark.timeout(120)
async def test_a_killed_worker_goes_on_where_it_was(pool: Pool, database_url: str, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    told = accept(spool, [name for name in NAMES if name != "ami_resync"], CALLS)
    arguments = (database_url, str(spool), "40")  # many batches to be killed in
    work = f"import asyncio; from tests.calls import doomed; asyncio.run(doomed.work(*{arguments!r}))"

    chance = random.Random(7)
    for _ in range(KILLS):
        before = await pool.fetchval("select count(*) from steps")
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", work)
        await eventually(lambda seen=before: more_than(pool, seen), 30)  # type: ignore[misc]  # lambda defaults
        await asyncio.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert 0 < await pool.fetchval("select count(*) from steps") < len(told), "the kills came too late to tell"
    await writer(pool, spool).drain()

    stored = [row["step_id"] for row in await pool.fetch("select step_id from steps")]
    assert len(stored) == len(set(stored))
    assert set(stored) == told
    rows = await pool.fetch(ROWS)
    await forget(pool)
    await writer(pool, spool).drain()
    assert await pool.fetch(ROWS) == rows
