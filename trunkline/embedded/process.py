"""A server as our child: demoted when we are root, ended by the kernel if we are killed, watched until it is ready."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

from trunkline.embedded.ownership import ServerUser
from trunkline.errors import EmbeddedServerError
from trunkline.precedence import give_way

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_POLL_SECONDS = 0.02
_LOG_TAIL_BYTES = 2000


class ServerProcess:
    """One running server: its log file, how it is asked to stop, and whether it `gives_way` to others."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        *,
        log: Path,
        user: ServerUser | None,
        stop: signal.Signals,
        gives_way: bool = False,
    ) -> None:
        self.name = name
        self._log = log
        self._stop_signal = stop
        self._child = self._spawn(arguments, user, gives_way=gives_way)

    def _spawn(self, arguments: list[str], user: ServerUser | None, *, gives_way: bool) -> subprocess.Popen[bytes]:
        prepare = end_with_parent(os.getpid(), self._stop_signal, user, gives_way=gives_way)
        descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor, preexec_fn=prepare, cwd="/"
            )
        finally:
            os.close(descriptor)

    async def until_ready(self, probe: Callable[[], Awaitable[bool]]) -> None:
        """Wait for `probe`, however long recovery takes; raises EmbeddedServerError with the log's end if it dies."""
        while not await probe():
            if self._child.poll() is not None:
                raise EmbeddedServerError(
                    f"{self.name} stopped while starting (code {self._child.returncode}):\n{self._tail()}"
                )
            await asyncio.sleep(_POLL_SECONDS)

    async def died(self) -> int:
        """Return the exit code when the server ends by itself."""
        while (code := self._child.poll()) is None:  # noqa: ASYNC110  (a child of subprocess sets no event)
            await asyncio.sleep(_POLL_SECONDS * 10)
        return code

    async def stop(self, patience: float) -> None:
        """Ask, wait up to `patience` seconds, then kill."""
        if self._child.poll() is None:
            self._child.send_signal(self._stop_signal)
        try:
            await asyncio.to_thread(self._child.wait, patience)
        except subprocess.TimeoutExpired:
            self._child.kill()
            await asyncio.to_thread(self._child.wait)

    def _tail(self) -> str:
        try:
            return self._log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
        except OSError:
            return "(its log cannot be read)"


def end_with_parent(
    parent: int, how: signal.Signals, user: ServerUser | None = None, *, gives_way: bool = False
) -> Callable[[], None]:
    """What a child runs before exec: a session of its own, the server's user, and `how` when `parent` dies.

    With `gives_way` it comes after others when the processors are busy.
    """

    def prepare() -> None:
        os.setsid()
        if gives_way:
            give_way()
        if user is not None:
            user.demote()()
        # After the change of user, which would clear it.
        _LIBC.prctl(_PR_SET_PDEATHSIG, how.value)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
