"""A child that answers line by line: it reads what comes from outside, and is begun anew after it failed.

Its module reads a line of standard input and writes one for it. No setting of ours, and so no key, is in its
environment; it ends with us. What limits it has is its module's affair.
"""

import asyncio
import os
import signal
import tempfile
from contextlib import suppress
from typing import IO, Final, Self

from trunkline.embedded.process import end_with_parent
from trunkline.interpreter import PYTHON

_LONGEST_LINE: Final = 1 << 16
_LONGEST_COMPLAINT: Final = 300


class ChildFailed(Exception):
    """It ended, or answered nothing in time; the last it complained of is told."""


class LineChild:
    """One child of `python -m module`, begun when it is first asked; `seconds` is what an answer may take."""

    def __init__(self, module: str, *, seconds: float, longest_line: int = _LONGEST_LINE) -> None:
        self._module = module
        self._seconds = seconds
        self._longest = longest_line
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._complaints: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.end()

    async def ask(self, line: bytes) -> bytes:
        """What it answers to `line`, which holds no line's end; one at a time. Raises ChildFailed."""
        async with self._turn:
            child = self._child = self._child or await self._begin()
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                async with asyncio.timeout(self._seconds):
                    child.stdin.write(line + b"\n")
                    await child.stdin.drain()
                    answer = await child.stdout.readline()
            except (TimeoutError, OSError, ValueError) as error:  # ValueError: a line too long
                raise await self._failed(str(error) or type(error).__name__) from error
            except asyncio.CancelledError:
                await self.end()  # its answer would be taken for that of the next
                raise
            if not answer.endswith(b"\n"):
                raise await self._failed("it ended over it")
            self._forget_complaints()
            return answer

    async def end(self) -> None:
        """End it, if it lives; asked again, another begins."""
        child, self._child = self._child, None
        complaints, self._complaints = self._complaints, None
        if complaints is not None:
            complaints.close()
        if child is not None:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
            await child.communicate()

    def _forget_complaints(self) -> None:
        """It writes on from the beginning: both have one place in the file."""
        if self._complaints is not None:
            self._complaints.seek(0)
            self._complaints.truncate()

    async def _failed(self, why: str) -> ChildFailed:
        """End it, and say why with what it wrote last to its standard error."""
        complaints, self._complaints = self._complaints, None
        await self.end()
        if complaints is None:
            return ChildFailed(why)
        with complaints:
            complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - _LONGEST_COMPLAINT))
            told = complaints.read().decode(errors="replace").strip()
        return ChildFailed(f"{why}: {told}" if told else why)

    async def _begin(self) -> asyncio.subprocess.Process:
        self._complaints = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (closed with the child)
        return await asyncio.create_subprocess_exec(
            *(*PYTHON, "-m", self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._complaints,
            limit=self._longest,
            env={name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
            preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),
        )
