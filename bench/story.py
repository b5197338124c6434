"""story.events and story.commit_p99: recorded dialogues from the AMI's socket to the commit of their steps.

A fake AMI server says the recorded calls again, many at a time; `pbx` and `worker` run as processes of their own, as
shipped. PostgreSQL's own commit times tell when each step was stored.
"""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.figures import Context, Figure, absolute, percentile
from tests.fakes.ami_server import AmiServer
from tests.fakes.dialogue import SCENARIOS, call_again, stamped
from tests.fakes.pbx_nodes import Company
from tests.fakes.waiting import eventually
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.pbx.asterisk.messages import events_of

ROWS = ("story.events", "story.commit_p99")

_NODE = "bench"
_AT_ONCE = 60  # calls that go on at the same time
_BURST_EVENTS = 20_000
_PACED_RATE = 1_500
_PACED_SECONDS = 20
_ROUNDS = 3
_SEGMENT = 20  # frames a segment when sent as fast as they are taken
_TICK = 0.01
_DRAIN_SECONDS = 120.0
_COMMITS = (
    "select extract(epoch from pg_xact_commit_timestamp(xmin))::float8 as stored, "
    "extract(epoch from at)::float8 as said from steps where source = 'live' and at >= to_timestamp($1)"
)


@dataclass(frozen=True, slots=True)
class House:
    """The running processes and what the bench asks of them."""

    server: AmiServer
    pool: asyncpg.Pool
    company: Company


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Events a second until all are stored, and the p99 from socket to commit at a steady rate."""
    rates, p99s = asyncio.run(_measure(context.folder, wanted))
    if rates:
        yield absolute("story.events", rates, "events/s", ">=", 3000)
    if p99s:
        yield absolute("story.commit_p99", p99s, "ms", "<=", 250)


async def _measure(folder: Path, wanted: frozenset[str]) -> tuple[list[float], list[float]]:
    names = sorted(path.stem for path in SCENARIOS.glob("*.ami") if path.stem != "ami_resync")
    rates: list[float] = []
    p99s: list[float] = []
    async with house(folder) as running:
        await _paced(running, names, first_copy=0, seconds=2)  # warm: connections, plans, partitions
        for number in range(1, _ROUNDS + 1):
            if "story.events" in wanted:
                rates.append(await _burst(running, names, first_copy=number * 100_000))
            if "story.commit_p99" in wanted:
                p99s.append(await _paced(running, names, first_copy=number * 100_000 + 50_000, seconds=_PACED_SECONDS))
    return rates, p99s


async def _burst(house: House, names: Sequence[str], *, first_copy: int) -> float:
    """Events a second from the first byte said to the commit of the last step; raises if one was lost."""
    frames = _many_calls(names, _BURST_EVENTS, first_copy)
    begun = time.time()
    said = [stamped(frame, begun + index * 1e-6) for index, frame in enumerate(frames)]
    begun = time.time()
    await house.server.replay(said, batch=_SEGMENT)
    stored = await _all_stored(house, said)
    return len(said) / (max(at for at, _ in stored) - begun)


async def _paced(house: House, names: Sequence[str], *, first_copy: int, seconds: float) -> float:
    """Milliseconds from said to stored, p99, while events come at a steady rate."""
    frames = _many_calls(names, int(_PACED_RATE * seconds), first_copy)
    said: list[bytes] = []
    started = time.perf_counter()
    while len(said) < len(frames):
        due = min(len(frames), int((time.perf_counter() - started) * _PACED_RATE) + 1)
        # Each frame with a time of its own: two of one moment would be one event.
        now = [stamped(frame, time.time() + index * 1e-6) for index, frame in enumerate(frames[len(said) : due])]
        said += now
        await house.server.say(b"".join(frame + b"\r\n\r\n" for frame in now))
        await asyncio.sleep(_TICK)
    stored = await _all_stored(house, said)
    return percentile([(at - when) * 1000 for at, when in stored], 0.99)


def _many_calls(names: Sequence[str], events: int, first_copy: int) -> list[bytes]:
    """Frames of whole calls, `_AT_ONCE` of them going on at a time, each in its own order."""
    said: list[bytes] = []
    going: list[Iterator[bytes]] = []
    begun, copy = time.time(), first_copy
    while len(said) < events or going:
        while len(going) < _AT_ONCE and len(said) < events:
            going.append(iter(call_again(names[copy % len(names)], copy, begun)))
            copy += 1
        still = []
        for call in going:
            if (frame := next(call, None)) is not None:
                said.append(frame)
                still.append(call)
        going = still
    return said


async def _all_stored(house: House, said: Sequence[bytes]) -> list[tuple[float, float]]:
    """When each step of what was said was stored, and when it was said; raises TimeoutError if some never are."""
    told = [event for frame in said for event in events_of("office", frame, 0)]
    first = min(event.at for event in told) / 1e6

    async def stored() -> bool:
        count = await house.pool.fetchval("select count(*) from steps where at >= to_timestamp($1)", first - 1e-7)
        return bool(count == len(told))

    await eventually(stored, _DRAIN_SECONDS)
    return [(row["stored"], row["said"]) for row in await house.pool.fetch(_COMMITS, first - 1e-7)]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Servers, an AMI server, `pbx` and `worker`."""
    key = secrets.token_bytes(32)
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        async with embedded_postgres(folder, key), open_pool(postgres_url(folder, key)) as pool:
            await pool.execute("alter system set track_commit_timestamp = on")
        await stack.enter_async_context(embedded_postgres(folder, key))  # started anew: now it keeps commit times
        await stack.enter_async_context(embedded_valkey(folder))
        pool = await stack.enter_async_context(open_pool(postgres_url(folder, key)))
        server = await stack.enter_async_context(AmiServer())
        async with pool.acquire() as connection:
            await migrate(connection)
        company = Company(postgres_url(folder, key), valkey_url(folder), key, pool)
        await company.add_pbx(server.port)
        for name in ("pbx", "worker"):
            await stack.enter_async_context(process(name, folder, company))
        await eventually(lambda: company.acts(_NODE), 30)
        yield House(server, pool, company)


@asynccontextmanager
async def process(name: str, folder: Path, company: Company, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of the product's processes; `more` is environment."""
    environment = {
        "PATH": os.environ["PATH"],
        "TRUNKLINE_NODE": _NODE,
        "TRUNKLINE_DATA_DIR": str(folder / "node"),
        "TRUNKLINE_DATABASE_URL": company.database_url,
        "TRUNKLINE_REDIS_URL": company.valkey_url,
        "TRUNKLINE_KEY": company.key.hex(),
        "TRUNKLINE_LOG_LEVEL": "warning",
        **more,
    }
    (folder / "node").mkdir(exist_ok=True)
    started = await asyncio.create_subprocess_exec(sys.executable, "-m", "trunkline.app", name, env=environment)
    try:
        yield started
    finally:
        started.terminate()
        await started.wait()
