"""The fault harness: a child is killed at every k-th point of a scenario until it passes untouched (design.md §4).

    tried = await kill_at_every_point("sql", "tests.outbox.scenario:drain", [url], tell=record_property,
                                      prepare=fill, check=nothing_lost)

Before each child `prepare` sets the stage; after it `check` recovers as production would (another worker, the next
start) and asserts that nothing was lost or applied twice. A scenario is a coroutine function of text arguments. The
number of points tried is told to pytest by `tell`, and stands at the end of its report (tests/conftest.py).

Where an argument is the URL of a database, the dead child's sessions are waited for: until PostgreSQL has noticed the
death, what it held is locked, and a worker that skips what is locked would find nothing to recover.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

import asyncpg

from tests.fakes.waiting import eventually
from tests.faults.doomed import SESSION
from trunkline.db.types import Connection

TOLD = "points tried"
"""The name of the property that `tell` is given."""
_CHILD_SECONDS = 60.0
_MOST_POINTS = 1000
_SESSIONS = "select exists (select from pg_stat_activity where datname = current_database() and application_name = $1)"


@dataclass(frozen=True, slots=True)
class Tried:
    """The points of one kind at which the child was killed; `passed` says that the last child came through."""

    kind: str
    points: int
    passed: bool

    def __str__(self) -> str:
        return f"killed at {self.points} points ({self.kind}); then the scenario passed: {self.passed}"


async def kill_at_every_point(
    kind: str,
    scenario: str,
    arguments: Sequence[str],
    *,
    tell: Callable[[str, object], None],
    prepare: Callable[[], Awaitable[None]],
    check: Callable[[], Awaitable[None]],
    every: int = 1,
) -> Tried:
    """Kill at the first, second, … point of `kind` (tests/faults/doomed.py) and tell how many there were.

    Where there are many much alike, `every` third of them, say, is tried.
    """
    async with _nursery(scenario, arguments) as nursery:
        for tried_before, number in enumerate(range(1, _MOST_POINTS, every)):
            await prepare()
            killed = await nursery.run(kind, number)
            try:
                await check()
            except AssertionError as error:
                raise AssertionError(f"{scenario} killed at {kind} {number}: {error}") from error
            if not killed:
                tried = Tried(kind, tried_before, passed=True)
                tell(TOLD, f"{scenario} {tried}")
                return tried
    raise AssertionError(f"{scenario} has over {_MOST_POINTS} points of kind {kind}")


@dataclass(frozen=True, slots=True)
class _Nursery:
    """The process that has imported the scenario and forks the children."""

    scenario: str
    process: asyncio.subprocess.Process
    said: BinaryIO
    database: "Connection | None"

    async def run(self, kind: str, number: int) -> bool:
        """Whether the child was killed at its point; any end but that and success is an error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{kind} {number}\n".encode())
        async with asyncio.timeout(_CHILD_SECONDS):
            answer = await self.process.stdout.readline()

        await eventually(self._is_forgotten)
        code = int(answer) if answer else None
        if code not in {0, -signal.SIGKILL}:
            self.said.seek(0)
            raise AssertionError(f"{self.scenario} ended with {code} at {kind} {number}:\n{self.said.read().decode()}")
        return code != 0

    async def _is_forgotten(self) -> bool:
        """Whether PostgreSQL holds nothing of the child any more."""
        return self.database is None or not await self.database.fetchval(_SESSIONS, SESSION)


@asynccontextmanager
async def _nursery(scenario: str, arguments: Sequence[str]) -> AsyncIterator[_Nursery]:
    url = next((one for one in arguments if one.startswith("postgresql://")), None)
    async with AsyncExitStack() as stack:
        database = None
        if url is not None:
            database = await asyncpg.connect(url)
            stack.push_async_callback(database.close)
        said = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  (the stack closes it)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.doomed", scenario, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
        try:
            yield _Nursery(scenario, process, said, database)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)  # with a child that came to no end
            await process.wait()
