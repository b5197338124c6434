"""Programs that read what came from outside: without our settings, with limits of all they may take, ended with us."""

import asyncio
import math
import os
import resource
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from trunkline.embedded.process import end_with_parent

LIMITS: Final = ((resource.RLIMIT_AS, 2 << 30), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 1 << 30))
"""The largest file: twelve hours of two sides are 345 MB as MP3, and less as Opus."""
_LONGEST_WHY: Final = 500


@dataclass(frozen=True, slots=True)
class Told:
    """How a program ended, what it wrote, and its last word on what went wrong."""

    code: int
    output: bytes
    why: str


async def limited(command: Sequence[str], seconds: float, feed: Callable[[bytes], None] | None = None) -> Told:
    """Run `command`; its output goes to `feed` as it comes, or is returned. Raises TimeoutError after `seconds`.

    So many it may take of one processor, too. What `feed` raises ends it.
    """
    async with _child(command, math.ceil(seconds)) as child, asyncio.timeout(seconds):
        assert child.stdout is not None
        assert child.stderr is not None
        complaints = asyncio.create_task(_last_of(child.stderr))
        output = b""
        try:
            while chunk := await child.stdout.read(1 << 16):
                if feed is None:
                    output += chunk
                else:
                    feed(chunk)
            return Told(await child.wait(), output, (await complaints).decode(errors="replace").strip())
        finally:
            complaints.cancel()  # who waits for the child's end reads there as well


async def _last_of(stream: asyncio.StreamReader) -> bytes:
    """A damaged file makes ffmpeg complain at every packet."""
    last = b""
    while chunk := await stream.read(1 << 16):
        last = (last + chunk)[-_LONGEST_WHY:]
    return last


@asynccontextmanager
async def _child(command: Sequence[str], cpu_seconds: int) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
        preexec_fn=_prepare(os.getpid(), cpu_seconds),
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.communicate()


def _prepare(parent: int, cpu_seconds: int) -> Callable[[], None]:
    bound = end_with_parent(parent, signal.SIGKILL, gives_way=True)

    def prepare() -> None:
        bound()
        for limit, most in (*LIMITS, (resource.RLIMIT_CPU, cpu_seconds)):
            resource.setrlimit(limit, (most, most))

    return prepare
