"""From the frame that ends a call to the report that counts it: `calltracking.seen_p95`.

A PBX says the hangups of twenty calls a second; `pbx` and `worker` run as shipped, so the frame goes through the spool,
the writer, the attribution and what notes the day for the roll-up. Somebody looks at today's report by channel again
and again. Before it lie 300,000 visits and 100,000 calls of a year (3 M and 1 M under `SCALE=full`).
"""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import uvloop

from bench._reports import ZONE
from bench._shown import show
from bench.calltracking_report import make_year
from bench.figures import Context, Figure, absolute, percentile
from bench.story import House, house
from calltracking.models.model import BY_NAME, WHOLE
from calltracking.results.asking import Question
from calltracking.results.result import By
from calltracking.results.store import read_results
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.waiting import eventually
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Connection, Pool
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

ROWS = ("calltracking.seen_p95",)
_SIZE: Final = 10 if os.environ.get("SCALE") == "full" else 1
_VISITS: Final = 300_000 * _SIZE
_YEAR_CALLS: Final = 100_000 * _SIZE
_CALLS: Final = 200
_PER_SECOND: Final = 20.0
_DIALOGUE: Final = "caller_hangs_up_ringing"
_DIALLED: Final = "+74951234567"
"""As the dialogue was recorded."""
_ASKED: Final = Question(By.CHANNEL, BY_NAME["last"])
_EVERYBODY: Final = Reach(UUID(int=0), None, None)
_BEGUN: Final = "select count(*) from calls where dialled = $1 and ended_at is null"


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    assert wanted
    seen = uvloop.run(_measured(context.folder))
    yield absolute("calltracking.seen_p95", [percentile(seen, 0.95)], "s", "<=", 2)


async def _measured(folder: Path) -> list[float]:
    """Seconds from each hangup to a report that counts as many missed calls as had hung up by then."""
    async with house(folder) as running:
        async with running.pool.acquire() as connection:
            await make_year(connection, _VISITS, _YEAR_CALLS)
            await ensure_partitions(connection, datetime.now(UTC).date())
            await _show(connection)
        hangups = await _begin(running)
        looking = asyncio.create_task(_look(running.pool))
        ended = []
        for place, frames in enumerate(hangups):
            ended.append(time.perf_counter())
            await _say(running, frames)
            await asyncio.sleep(max(0.0, ended[0] + (place + 1) / _PER_SECOND - time.perf_counter()))
        seen = await looking
        explained = await running.pool.fetchval("select count(*) from attributions where number = $1", _DIALLED)
    if explained != _CALLS:
        raise RuntimeError(f"{explained} of {_CALLS} calls are explained by the visit that was shown the number")
    return [at - began for at, began in zip(seen, ended, strict=True)]


async def _begin(running: House) -> list[list[bytes]]:
    """Begin every call, and leave each its last hangup."""
    begun, hangups = time.time(), []
    for copy in range(_CALLS):
        frames = call_again(_DIALOGUE, copy + 1, begun)
        last = max(place for place, one in enumerate(frames) if one.startswith(b"Event: Hangup\r\n"))
        await _say(running, frames[:last])
        hangups.append(frames[last:])

    async def all_begun() -> bool:
        return bool(await running.pool.fetchval(_BEGUN, _DIALLED) == _CALLS)

    await eventually(all_begun, 120)
    return hangups


async def _say(running: House, frames: list[bytes]) -> None:
    # Each frame with a time of its own: two of one moment would be one event.
    now = [stamped(frame, time.time() + place * 1e-6) for place, frame in enumerate(frames)]
    await running.server.say(b"".join(frame + b"\r\n\r\n" for frame in now))


async def _look(pool: Pool) -> list[float]:
    """When today's report first counted one missed call, two, and so on to all."""
    seen: list[float] = []
    async with pool.acquire() as connection, asyncio.timeout(240):
        while len(seen) < _CALLS:
            today = datetime.now(ZONE).date()
            days = Days(today - timedelta(days=1), today + timedelta(days=1), ZONE)
            async with connection.transaction():
                found = await read_results(connection, days, _ASKED, _EVERYBODY, costs=True)
            seen += [time.perf_counter()] * (found.total.missed // WHOLE - len(seen))
            await asyncio.sleep(0.1)
    return seen


async def _show(connection: Connection) -> None:
    """A visitor is shown the number."""
    site = await connection.fetchval("select id from tracking_sites order by id limit 1")
    pool = await connection.fetchval("select id from tracking_pools")
    await show(connection, _DIALLED, site, pool, datetime.now(UTC))
