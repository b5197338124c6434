"""A machine at work beside the question: 3,000 AMI events a second through `pbx` and `worker`, and a page's query."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bench import story
from tests.fakes.dialogue import SCENARIOS, stamped

_RATE = 3_000
_TICK = 0.02
_LEAD_SECONDS = 2.0
_COPIES = 1_000_000_000
# What a report over all steps costs a database without roll-ups: sorting and hashing everything there is.
_HEAVY = "select what ->> 'kind', leg, count(*), max(at) from steps group by rollup (1, 2) order by 3 desc limit 20"


class Machine:
    """The house of the story's bench, and how to keep it busy."""

    def __init__(self, house: story.House) -> None:
        self._house = house
        self._copies = iter(range(1, _COPIES))

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Events and queries run, and have run for a while, until the context is left."""
        tasks = [asyncio.create_task(self._say_events()), asyncio.create_task(self._query())]
        try:
            await asyncio.sleep(_LEAD_SECONDS)
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _say_events(self) -> None:
        names = sorted(path.stem for path in SCENARIOS.glob("*.ami") if path.stem != "ami_resync")
        frames: Iterator[bytes] = iter(())
        started, said = time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - started) * _RATE)
            batch: list[bytes] = []
            while said + len(batch) < due:
                frame = next(frames, None)
                if frame is None:
                    frames = iter(story._many_calls(names, _RATE, next(self._copies) * 1_000_000))
                    continue
                batch.append(stamped(frame, time.time() + len(batch) * 1e-6))
            said += len(batch)
            await self._house.server.say(b"".join(frame + b"\r\n\r\n" for frame in batch))
            await asyncio.sleep(_TICK)

    async def _query(self) -> None:
        while True:
            await self._house.pool.fetch(_HEAVY)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Machine]:
    """PostgreSQL, Valkey, an AMI server, `pbx` and `worker`."""
    folder.mkdir()
    folder.chmod(0o711)
    async with story._house(folder) as running:
        yield Machine(running)
