"""The fault harness: a child is killed at every k-th point of a scenario until it passes untouched (design.md §4).

    tried = await kill_at_every_point("sql", "tests.outbox.scenario:drain", [url], prepare=fill, check=nothing_lost)

Before each child `prepare` sets the stage; after it `check` recovers as production would (another worker, the next
start) and asserts that nothing was lost or applied twice. A scenario is a coroutine function of text arguments.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

_CHILD_SECONDS = 60.0
_MOST_POINTS = 1000


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
    prepare: Callable[[], Awaitable[None]],
    check: Callable[[], Awaitable[None]],
    first: int = 1,
    stride: int = 1,
) -> Tried:
    """Kill at points `first`, `first + stride`, … of `kind` (tests/faults/doomed.py) and print how many there were."""
    for points, number in enumerate(range(first, _MOST_POINTS, stride)):
        await prepare()
        killed = await _run(kind, number, scenario, arguments)
        try:
            await check()
        except AssertionError as error:
            raise AssertionError(f"{scenario} killed at {kind} {number}: {error}") from error
        if not killed:
            tried = Tried(kind, points, passed=True)
            print(f"{scenario}: {tried}")  # noqa: T201  (the points tried are the harness's report)
            return tried
    raise AssertionError(f"{scenario} has over {_MOST_POINTS} points of kind {kind}")


async def _run(kind: str, number: int, scenario: str, arguments: Sequence[str]) -> bool:
    """Whether the child was killed at its point; any end but that and success is an error."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.doomed", kind, str(number), scenario, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(_CHILD_SECONDS):
        output, _ = await child.communicate()
    if child.returncode not in {0, -signal.SIGKILL}:
        raise AssertionError(f"{scenario} ended with {child.returncode} at {kind} {number}:\n{output.decode()}")
    return child.returncode != 0
