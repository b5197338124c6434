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
import atexit
import functools
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import asyncpg
import msgspec

from tests.fakes.waiting import eventually
from tests.faults.doomed import SESSION
from tests.faults.nursery import LONGEST, Got, Wanted
from trunkline.db.types import Connection

TOLD = "points tried"
"""The name of the property that `tell` is given."""
_CHILD_SECONDS = 60.0
_MOST_POINTS = 1000
_ROOT = Path(__file__).parents[2]
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
    answers: asyncio.StreamReader
    orders: asyncio.StreamWriter
    said: BinaryIO
    database: "Connection | None"

    async def run(self, kind: str, number: int) -> bool:
        """Whether the child was killed at its point; any end but that and success is an error."""
        self.orders.write(f"{kind} {number}\n".encode())
        async with asyncio.timeout(_CHILD_SECONDS):
            answer = await self.answers.readline()

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
        ours, its = socket.socketpair()
        wanted = Wanted(scenario, arguments, dict(os.environ), str(Path.cwd()))
        with its:
            answers, orders = await asyncio.open_connection(sock=ours)
            stack.push_async_callback(_closed, orders)
            process = await asyncio.to_thread(_opened, wanted, its.fileno(), said.fileno())
        try:
            yield _Nursery(scenario, answers, orders, said, database)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)  # with a child that came to no end


async def _closed(orders: asyncio.StreamWriter) -> None:
    orders.close()
    with suppress(OSError):
        await orders.wait_closed()


def _opened(wanted: Wanted, talk: int, errors: int) -> int:
    """The number of a nursery that leads a session of its own, and obeys at `talk`."""
    source = _source()
    socket.send_fds(source, [msgspec.json.encode(wanted)], [talk, errors])
    got = msgspec.json.decode(source.recv(LONGEST), type=Got)
    assert got.process, f"{wanted.scenario} cannot be tried:\n{got.why}"
    return got.process


@functools.cache
def _source() -> socket.socket:
    """Where nurseries come from, one process a session (tests/faults/nursery.py)."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        number = its.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", str(number)],
            pass_fds=[number],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()

    return ours
