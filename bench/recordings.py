"""recordings.convert_ratio, .peak_memory, .first_byte_p95: from the PBX's file to what is heard.

Three minutes of one side, a voice's rhythm of sound and silence. By hand is the same ffmpeg command, its samples thrown
away; it gives way to others as ours does, or a busy machine would tell who else works on it. Ours is the whole way:
copied into the store, looked at, converted, kept, each stage's rows committed.
"""

import asyncio
import os
import subprocess
import time
import wave
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sin
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import psutil

from bench.figures import ROUNDS, Context, Figure, absolute, against, percentile
from recordings import store
from recordings.converting import program
from recordings.media import to_opus
from recordings.pipeline import Pipeline
from recordings.policy import Rule
from recordings.prober import Prober
from recordings.recording import Sound, Stage
from recordings.vault import Vault
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.ids import call_uuid
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.precedence import give_way

ROWS = ("recordings.convert_ratio", "recordings.peak_memory", "recordings.first_byte_p95")
_MINUTES: Final = 3
_FILES: Final = 8
_AT_ONCE: Final = 4
"""The setting `recordings.files_at_once` as delivered."""
_READS: Final = 400
_KEY: Final = bytes(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class Studio:
    """The pipeline on a database and folders of its own; the PBX writes into `monitor`."""

    pool: Pool
    vault: Vault
    pipeline: Pipeline
    monitor: Path


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    yield from asyncio.run(_measure(context.folder, wanted))


async def _measure(folder: Path, wanted: frozenset[str]) -> list[Figure]:
    figures = []
    async with studio(folder) as made:
        talk = talk_of(made.monitor / "talk.wav", _MINUTES)
        for place in range(_FILES):
            (made.monitor / f"{place}.wav").hardlink_to(talk)
        if "recordings.convert_ratio" in wanted:
            pairs = [(await _ours(made), await _by_hand(made, folder)) for _ in range(ROUNDS)]
            ours, hand = ([pair[side] for pair in pairs] for side in (0, 1))
            figures.append(against("recordings.convert_ratio", ours, hand, "files/s", ">=", 0.9))
        if "recordings.first_byte_p95" in wanted:
            figures.append(absolute("recordings.first_byte_p95", [await _first_bytes(made)], "ms", "<=", 50))
        if "recordings.peak_memory" in wanted:
            figures.append(absolute("recordings.peak_memory", [await _peak(made)], "MB", "<=", 200))
    return figures


@asynccontextmanager
async def studio(folder: Path, rules: Sequence[Rule] = ()) -> AsyncIterator[Studio]:
    """One in `folder`; `rules` say what is written down."""
    monitor = folder / "monitor"
    monitor.mkdir()
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        url = postgres_url(folder, _KEY)
        connection = await asyncpg.connect(url)
        await migrate(connection)
        await connection.close()
        pool = await stack.enter_async_context(open_pool(url))
        await pool.execute(
            "insert into pbxs (id, name, kind, settings, active) values ('office', 'Office', 'asterisk', $1, true)",
            {"recordings_seen": str(monitor)},
        )
        vault, jobs = Vault(folder / "kept"), PgQueuerJobs(pool, None)
        prober = await stack.enter_async_context(Prober())
        yield Studio(pool, vault, Pipeline(pool, jobs, vault, prober, folder / "workshop", tuple(rules)), monitor)


def talk_of(path: Path, minutes: float) -> Path:
    """A wave file of one side: a second of it again and again; its head is true."""
    second = array("h", (int(9000 * sin(place * 0.35) * sin(place * 0.002) ** 2) for place in range(8000)))
    quiet = array("h", bytes(2 * 8000))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        for place in range(int(minutes * 60)):
            file.writeframes((quiet if place % 5 == 4 else second).tobytes())
    os.utime(path, (0, 0))
    return path


async def found(made: Studio, file: str) -> UUID:
    now = time.time()
    async with made.pool.acquire() as connection:
        call_id = call_uuid("office", f"{int(now)}.{time.perf_counter_ns()}", now)
        found = await store.note_found(connection, call_id, "office", "1", file)
    assert found is not None
    return found


async def _ours(made: Studio) -> float:
    """Files a second, as many at once as a worker takes."""
    files = [await found(made, f"{place}.wav") for place in range(_FILES)]
    turn = asyncio.Semaphore(_AT_ONCE)

    async def go_on(one: UUID) -> None:
        async with turn:
            await made.pipeline.go_on(one.bytes)

    began = time.perf_counter()
    await asyncio.gather(*map(go_on, files))
    took = time.perf_counter() - began
    kept = await made.pool.fetchval("select count(*) from recordings where id = any($1) and stage = 'kept'", files)
    if kept != _FILES:
        raise RuntimeError(f"{kept} of {_FILES} recordings were kept")
    return _FILES / took


async def _by_hand(made: Studio, folder: Path) -> float:
    sound = Sound("pcm_s16le", 8000, 1, 60.0 * _MINUTES)
    turn = asyncio.Semaphore(_AT_ONCE)

    async def convert(place: int) -> None:
        source, target = made.monitor / f"{place}.wav", folder / f"hand-{place}.opus"
        async with turn:
            command = to_opus(program(), source, source.name, target, sound)
            child = await asyncio.create_subprocess_exec(
                *command, stdout=subprocess.DEVNULL, start_new_session=True, preexec_fn=give_way
            )
            await child.wait()

    began = time.perf_counter()
    await asyncio.gather(*map(convert, range(_FILES)))
    return _FILES / (time.perf_counter() - began)


async def _first_bytes(made: Studio) -> float:
    """Milliseconds to the first bytes of a playing or a seek, p95; the file is warm, as after a first listen."""
    identifier = await found(made, "talk.wav")
    await made.pipeline.go_on(identifier.bytes)
    async with made.pool.acquire() as connection:
        one = await store.find(connection, identifier)
    assert one is not None
    took = []
    for number in range(_READS):
        start = number * 7919 % (one.size - 1)
        began = time.perf_counter()
        async for _ in made.vault.read(one.key, start, one.size):
            break
        took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 0.95)


async def _peak(made: Studio) -> float:
    """Megabytes that a three-hour file took more of, in this process and its children together."""
    talk_of(made.monitor / "long.wav", 180)
    identifier = await found(made, "long.wav")
    us = psutil.Process()
    before, peak = _memory(us), 0
    work = asyncio.create_task(made.pipeline.go_on(identifier.bytes))
    while not work.done():
        peak = max(peak, _memory(us) - before)
        await asyncio.sleep(0.05)
    await work
    async with made.pool.acquire() as connection:
        one = await store.find(connection, identifier)
    if one is None or one.stage is not Stage.KEPT:
        raise RuntimeError(f"the long recording was not kept at {datetime.now(UTC):%H:%M}")
    return peak / 1e6


def _memory(us: psutil.Process) -> int:
    total = us.memory_info().rss
    for child in us.children(recursive=True):
        try:
            if "postgres" not in child.name():
                total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
