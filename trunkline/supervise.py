"""`trunkline serve`: our servers and four processes, each restarted when it ends, all stopped together."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import asyncpg
import msgspec

from trunkline.background import running
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.process import ServerProcess, end_with_parent
from trunkline.embedded.valkey import embedded_valkey
from trunkline.errors import DatabaseUnfit
from trunkline.folders import private_folder
from trunkline.interpreter import PYTHON
from trunkline.log import get_logger
from trunkline.ports import needed, require_free, until_open
from trunkline.servers import database_url
from trunkline.settings import Settings

log = get_logger(__name__)

PROCESSES = ("question", "web", "pbx", "worker")
_FIRST_DELAY, _LONGEST_DELAY, _STEADY_SECONDS = 0.2, 30.0, 60.0
_DATABASE_RETRY_SECONDS = 1.0


class ProcessState(msgspec.Struct):
    """What the supervisor knows of one process; `run/processes.json` holds all of them for the pages and alarms."""

    pid: int = 0
    started_at: float = 0.0
    restarts: int = 0
    last_exit: int | None = None
    last_exit_at: float = 0.0


class Supervisor:
    """Owns the data directory and everything that runs in it."""

    def __init__(self, settings: Settings, arguments: list[str]) -> None:
        self._settings = settings
        self._arguments = arguments
        self._stopping = asyncio.Event()
        self._states = {name: ProcessState() for name in PROCESSES}

    def stop(self) -> None:
        """Begin the graceful stop."""
        self._stopping.set()

    async def run(self, ready: Callable[[], None], prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run until `stop`. `prepare` runs on the migrated database, `ready` once the listeners answer."""
        data_dir = self._settings.data_dir
        with owned(data_dir):
            await require_free(needed(self._settings.listen))
            self._settings.secret_key()
            self._clear_metrics()
            async with AsyncExitStack() as stack:
                await self._start_servers(stack)
                migrating = asyncio.create_task(self._migrate_when_possible())
                if prepare is not None or not self._settings.database.url:
                    await migrating
                if prepare is not None:
                    await prepare()
                async with self._processes_running(), running({"ready": partial(self._tell_when_open, ready)}):
                    await self._stopping.wait()
                migrating.cancel()

    async def _tell_when_open(self, ready: Callable[[], None]) -> None:
        await until_open(needed(self._settings.listen).values())
        ready()

    async def _start_servers(self, stack: AsyncExitStack) -> None:
        settings, key = self._settings, self._settings.secret_key()
        if not settings.database.url:
            await stack.enter_async_context(_kept("PostgreSQL", lambda: embedded_postgres(settings.data_dir, key)))
        if not settings.redis.url:
            await stack.enter_async_context(_kept("Valkey", lambda: embedded_valkey(settings.data_dir)))

    async def _migrate_when_possible(self) -> None:
        """Migrate once the database answers; until then questions are answered from the last directory."""
        told = ""
        while True:
            try:
                async with open_pool(database_url(self._settings), size=2) as pool, pool.acquire() as connection:
                    if names := await migrate(connection):
                        log.info("migrated", migrations=len(names), last=names[-1])
                    await ensure_partitions(connection, _today())
                return
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError) as error:
                log.warning("database_unreachable", error=str(error) or type(error).__name__)
            except (DatabaseUnfit, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if not self._settings.database.url:
                    raise
                # The company's own server: its password, its database or its locale may yet be put right.
                if told != str(error):
                    log.error("database_unfit", error=str(error))  # noqa: TRY400  (the text says it all)
                told = str(error)
            await asyncio.sleep(_DATABASE_RETRY_SECONDS)

    @asynccontextmanager
    async def _processes_running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._keep(name), name=name) for name in PROCESSES]
        try:
            yield
        finally:
            self._stopping.set()
            await asyncio.gather(*tasks)

    async def _keep(self, name: str) -> None:
        """Start process `name` again whenever it ends, until we stop."""
        delay = 0.0
        while not self._stopping.is_set():
            child = await self._spawn(name)
            code = await self._wait(child)
            if self._stopping.is_set():
                return
            state = self._states[name]
            state.restarts, state.last_exit, state.last_exit_at = state.restarts + 1, code, time.time()
            self._publish()
            delay = back_off(delay, state.last_exit_at - state.started_at)
            log.error("process_ended", process=name, code=code, again_in=delay)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _spawn(self, name: str) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            *(*PYTHON, "-m", "trunkline.app", name, *self._arguments),
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(self._settings.data_dir / "metrics")},
            preexec_fn=end_with_parent(os.getpid(), signal.SIGTERM),
        )
        state = self._states[name]
        state.pid, state.started_at = child.pid, time.time()
        self._publish()
        return child

    async def _wait(self, child: asyncio.subprocess.Process) -> int:
        """The child's exit code; when we stop, it gets SIGTERM, the time to finish, then SIGKILL."""
        ended = asyncio.create_task(child.wait())
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            child.terminate()
            try:
                await asyncio.wait_for(asyncio.shield(ended), self._settings.server.stop_seconds)
            except TimeoutError:
                child.kill()
        return await ended

    def _publish(self) -> None:
        path = processes_file(self._settings.data_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(self._states))
        draft.replace(path)

    def _clear_metrics(self) -> None:
        """Counters begin at nought with us, as Prometheus expects of a restart."""
        folder = self._settings.data_dir / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)


def back_off(before: float, lived: float) -> float:
    """Seconds until a process that lived for so many is started again, after `before` the last time (0: never yet)."""
    if not before or lived > _STEADY_SECONDS:
        return _FIRST_DELAY
    return min(2 * before, _LONGEST_DELAY)


def _today() -> date:
    return datetime.now(UTC).date()


def processes_file(data_dir: Path) -> Path:
    """Where the supervisor leaves the states of its processes for others to read (process_states)."""
    return data_dir / "run" / "processes.json"


def process_states(data_dir: Path) -> dict[str, ProcessState]:
    """What the supervisor last said; empty when a process runs alone on this machine."""
    try:
        return msgspec.json.decode(processes_file(data_dir).read_bytes(), type=dict[str, ProcessState])
    except (OSError, msgspec.DecodeError):
        return {}


@asynccontextmanager
async def _kept(name: str, start: Callable[[], AbstractAsyncContextManager[ServerProcess]]) -> AsyncIterator[None]:
    """A server that is started again when it dies."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def keep() -> None:
        while True:
            try:
                async with start() as server:
                    if not ready.done():
                        ready.set_result(None)
                    log.error("server_died", server=name, code=await server.died())
            except Exception as error:
                if ready.done():
                    log.exception("server_failed", server=name)
                    await asyncio.sleep(_DATABASE_RETRY_SECONDS)
                else:
                    ready.set_exception(error)
                    return

    task = asyncio.create_task(keep(), name=name)
    try:
        await ready
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def tunnel_hint(listeners: Iterable[str], environ: Mapping[str, str]) -> str | None:
    """The command that brings what a headless server serves to one's own screen; None where a screen is here.

    `listeners` are host:port; each is there on the port it has here.
    """
    if any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) or sys.platform == "darwin":
        return None
    user = environ.get("USER") or "root"
    forwards = " ".join(f"-L {listener.rpartition(':')[2]}:{listener}" for listener in listeners)
    return f"ssh {forwards} {user}@{socket.gethostname()}"
