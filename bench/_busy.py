"""A machine at work beside the question: 3,000 AMI events a second through `pbx` and `worker`, and a page's query.

`python -m bench._busy FOLDER WORK` is a process of its own, so that saying events delays no measurement. It obeys the
lines `busy` and `idle` on its input and answers each with the same line when it is so. With `cards` as its work `web`
runs too, 500 cards are open, and reports are read through it instead of the query.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

import aiohttp
import uvloop

from bench import story
from bench._floors import Floors, floors, open_cards, read_reports
from tests.fakes.dialogue import SCENARIOS, stamped

_RATE = 3_000
_TICK = 0.02
_LEAD_SECONDS = 2.0
_REST_SECONDS = 90.0
# Looks in a row that found nobody at work.
_RESTED = 10
# Frames of whole calls said in one stretch of work; they are made before it begins.
_FRAMES = 150_000
# What a report over all steps costs a database without roll-ups: sorting and hashing everything there is.
_HEAVY = "select what ->> 'kind', leg, count(*), max(at) from steps group by rollup (1, 2) order by 3 desc limit 20"

_AT_WORK = """
    select (select coalesce(sum(n_tup_ins), 0) from pg_stat_user_tables where relname like 'steps%') as stored,
        exists (select from pg_stat_activity where pid <> pg_backend_pid() and state = 'active') as at_work
"""


Work = Literal["query", "cards"]


class Machine:
    """The busy process, seen from the bench."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Events and queries run, and have run for a while, until the context is left."""
        await self.tell(b"busy")
        try:
            yield
        finally:
            await self.tell(b"idle")

    async def tell(self, word: bytes) -> None:
        """Say `word` and wait until it is so."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + b"\n")
        await self.until(word)

    async def until(self, word: bytes) -> None:
        """Wait for the process's answer."""
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            if (said := (await self._process.stdout.readline()).strip()) != word:
                raise RuntimeError(f"the busy process said {said!r}")


@asynccontextmanager
async def house(folder: Path, work: Work = "query") -> AsyncIterator[Machine]:
    """PostgreSQL, Valkey, an AMI server, `pbx` and `worker`, for cards `web` too, at rest."""
    folder.mkdir()
    folder.chmod(0o711)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench._busy", str(folder), work),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    machine = Machine(process)
    try:
        await machine.until(b"idle")
        yield machine
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _obey(folder: Path, work: Work) -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(floors(folder)) if work == "cards" else None
        running = floor.house if floor else await stack.enter_async_context(story.house(folder))
        round_number = 0
        _say("idle")
        while (word := (await lines.readline()).strip().decode()) == "busy":
            round_number += 1
            # In a thread: the AMI server of this process has to answer Pings meanwhile.
            frames = await asyncio.to_thread(_frames, round_number)
            async with _at_work(running, floor, frames):
                await asyncio.sleep(_LEAD_SECONDS)
                _say(word)
                word = (await lines.readline()).strip().decode()
            await _until_rest(running)
            _say(word)


@asynccontextmanager
async def _at_work(running: story.House, floor: Floors | None, frames: list[bytes]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        work: list[Coroutine[Any, Any, None]] = [_say_events(running, frames)]
        if floor:
            cards = await stack.enter_async_context(open_cards(floor))
            work += [read_reports(floor), *(_hear(card) for card in cards)]
        else:
            work.append(_query(running))
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            await _end(tasks)


async def _hear(card: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in card:
        pass
    raise RuntimeError(f"a card was closed: {card.close_code}")


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if failed := [outcome for outcome in outcomes if not isinstance(outcome, asyncio.CancelledError)]:
        raise RuntimeError(f"the machine did not stay busy: {failed}")


async def _until_rest(running: story.House) -> None:
    """Wait until what was said is stored and nothing is cleaned up any more: the idle rounds are measured at rest."""
    rested, before = 0, -1
    async with asyncio.timeout(_REST_SECONDS):
        while rested < _RESTED:
            await asyncio.sleep(_TICK * 10)
            row = await running.pool.fetchrow(_AT_WORK)
            assert row is not None
            rested = rested + 1 if row["stored"] == before and not row["at_work"] else 0
            before = row["stored"]


def _frames(round_number: int) -> list[bytes]:
    names = sorted(path.stem for path in SCENARIOS.glob("*.ami") if path.stem != "ami_resync")
    return story._many_calls(names, _FRAMES, round_number * 1_000_000)


async def _say_events(running: story.House, frames: list[bytes]) -> None:
    started, said = time.perf_counter(), 0
    while said < len(frames):
        due = min(len(frames), int((time.perf_counter() - started) * _RATE))
        now = time.time()
        batch = [stamped(frame, now + place * 1e-6) for place, frame in enumerate(frames[said:due])]
        said = due
        if batch:
            await running.server.say(b"".join(frame + b"\r\n\r\n" for frame in batch))
        await asyncio.sleep(_TICK)
    raise RuntimeError("there were too few frames for this stretch")


async def _query(running: story.House) -> None:
    while True:
        await running.pool.fetch(_HEAVY)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_obey(Path(sys.argv[1]), cast("Work", sys.argv[2])))
