"""A real `trunkline serve` for tests: on free ports, with a data directory of its own, waited for by its own word."""

import asyncio
import json
import os
import resource
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil

from tests.fakes.waiting import eventually
from trunkline.interpreter import PYTHON
from trunkline.servers import database_url
from trunkline.settings import Settings, load
from trunkline.supervise import ProcessState, process_states

_PATIENCE = 60.0


@dataclass
class Serving:
    """One running installation."""

    settings: Settings
    environment: dict[str, str]
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process | None = None
    limit_files: tuple[int, int] | None = None
    """How many files it may have open: soft and hard limit, where a test sets them."""

    async def start(self, *, ready: bool = True, cwd: Path | None = None) -> None:
        """Start in `cwd`; with `ready`, wait until every part of the web process says it is well."""
        with (self.settings.data_dir.parent / "serve.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(*PYTHON, "-m", "trunkline", "serve"),
                cwd=cwd,
                env={**os.environ, **self.environment},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                preexec_fn=self._limit_files if self.limit_files else None,
            )
        if ready:
            await self.until_ready()

    def _limit_files(self) -> None:
        assert self.limit_files is not None
        resource.setrlimit(resource.RLIMIT_NOFILE, self.limit_files)

    async def until_ready(self) -> None:
        """Wait until all is well."""
        await self.until(self.is_ready)

    async def until(self, condition: Any) -> None:
        """Wait for an awaitable condition, at most a minute."""
        await eventually(condition, _PATIENCE)

    async def is_ready(self) -> bool:
        """Whether `/readyz` is 200 and no part complains."""
        try:
            async with self.session.get(f"http://{self.settings.listen.web}/readyz") as response:
                return response.status == 200 and b'"ok":false' not in await response.read()
        except (aiohttp.ClientError, OSError):
            return False

    async def ask(self, **question: object) -> dict[str, Any]:
        """One question of a PBX."""
        body = {"call_id": "1795320084.1", "from": "+79161234567", "to": "+74951234567"} | question
        async with self.session.post(f"http://{self.settings.listen.question}/router/v1/route", json=body) as response:
            assert response.status == 200
            answer: dict[str, Any] = json.loads(await response.read())
            return answer

    async def answers(self) -> bool:
        """Whether a question is answered; not while its process starts, nor over a connection to the one before."""
        try:
            await self.ask()
        except (aiohttp.ClientError, OSError):
            return False
        return True

    def states(self) -> Mapping[str, ProcessState]:
        """The four processes as the supervisor knows them."""
        return process_states(self.settings.data_dir)

    def kill(self, name: str) -> None:
        """SIGKILL one process of the four."""
        os.kill(self.states()[name].pid, signal.SIGKILL)

    def postmaster(self) -> psutil.Process:
        """The embedded PostgreSQL."""
        pid = (self.settings.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]
        return psutil.Process(int(pid))

    def valkey(self) -> psutil.Process:
        """The embedded Valkey."""
        assert self.process is not None
        (server,) = [one for one in psutil.Process(self.process.pid).children() if "valkey" in one.name()]
        return server

    async def fetchval(self, statement: str) -> Any:
        """A value from the database."""
        connection = await asyncpg.connect(database_url(self.settings))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def stop(self) -> int:
        """Stop gracefully; returns the exit code."""
        assert self.process is not None
        self.process.terminate()
        return await self.process.wait()


@asynccontextmanager
async def installation(**environment: str) -> AsyncIterator[Serving]:
    """An installation that is not started yet; whatever still runs at the end is killed."""
    with tempfile.TemporaryDirectory(prefix="trunkline-serve-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        own = {
            "TRUNKLINE_DATA_DIR": f"{name}/data",
            "TRUNKLINE_LISTEN_QUESTION": f"127.0.0.1:{free_port()}",
            "TRUNKLINE_LISTEN_FASTAGI": f"127.0.0.1:{free_port()}",
            "TRUNKLINE_LISTEN_WEB": f"127.0.0.1:{free_port()}",
            "TRUNKLINE_LISTEN_PUBLIC": f"127.0.0.1:{free_port()}",
        } | environment
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            serving = Serving(load(None, own), own, session)
            try:
                yield serving
            finally:
                if serving.process is not None and serving.process.returncode is None:
                    serving.process.kill()
                    await serving.process.wait()


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
