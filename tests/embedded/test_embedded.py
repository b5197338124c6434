"""Our own servers: right locale, closed doors, one owner, nothing left behind after a kill."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from trunkline.db.pool import open_pool
from trunkline.embedded.addresses import postgres_url, socket_folder
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import _end_leftover, embedded_postgres
from trunkline.errors import AlreadyRunning, DatabaseUnfit, EmbeddedServerError

KEY = bytes(range(32))


@pytest.fixture
def own_dir() -> Iterator[Path]:
    """A data directory that the servers' user can reach."""
    with tempfile.TemporaryDirectory(prefix="trunkline-own-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


async def test_starts_stops_and_keeps(own_dir: Path) -> None:
    for expected in (0, 1):
        with owned(own_dir):
            async with embedded_postgres(own_dir, KEY):
                connection = await asyncpg.connect(postgres_url(own_dir, KEY))
                await connection.execute("create table if not exists kept (n int)")
                assert await connection.fetchval("select count(*) from kept") == expected
                await connection.execute("insert into kept values (1)")
                assert await connection.fetchval("select lower('Ж')") == "ж"
                assert await connection.fetchval("show listen_addresses") == ""
                await connection.close()
    mode = socket_folder(own_dir).stat().st_mode
    assert stat.S_IMODE(mode) == 0o700


async def test_wrong_password_is_refused(own_dir: Path) -> None:
    with owned(own_dir):
        async with embedded_postgres(own_dir, KEY):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(postgres_url(own_dir, bytes(32)))
        with pytest.raises(EmbeddedServerError, match=r"made with another key .* put its own back as .*secret\.key"):
            async with embedded_postgres(own_dir, bytes(32)):
                pass


def test_second_owner_is_told_who_is_first(own_dir: Path) -> None:
    with owned(own_dir), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"), owned(own_dir):
        pass
    with owned(own_dir):
        pass


async def test_other_major_is_refused_with_the_remedy(own_dir: Path) -> None:
    with owned(own_dir):
        async with embedded_postgres(own_dir, KEY):
            pass
        (own_dir / "postgres" / "PG_VERSION").write_text("17\n")
        with pytest.raises(EmbeddedServerError, match="trunkline backup"):
            async with embedded_postgres(own_dir, KEY):
                pass


async def test_killed_owner_leaves_no_server_and_the_next_starts(own_dir: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
async def main():
    folder = Path({str(own_dir)!r})
    with owned(folder):
        async with embedded_postgres(folder, bytes(range(32))):
            print("up", flush=True)
            await asyncio.sleep(60)
asyncio.run(main())
"""
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    server = psutil.Process(int((own_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    await asyncio.to_thread(psutil.wait_procs, [server], 20)

    assert not server.is_running()
    with owned(own_dir):
        async with embedded_postgres(own_dir, KEY):
            pass


async def test_database_without_cyrillic_is_refused(postgres_url: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    name = f"deaf_{os.getpid()}"
    try:
        await admin.execute(
            f"create database {name} template template0 encoding 'UTF8' locale_provider libc locale 'C'"
        )
        head, _, query = postgres_url.partition("?")
        deaf = f"{head.rsplit('/', 1)[0]}/{name}?{query}"
        with pytest.raises(DatabaseUnfit, match="Cyrillic"):
            async with open_pool(deaf):
                pass
    finally:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.close()


async def test_a_dead_server_that_init_has_not_buried_is_waited_for(tmp_path: Path) -> None:
    """Its number is still taken, and PostgreSQL would refuse to start beside it."""
    dead = await asyncio.to_thread(subprocess.Popen, ["true"])
    await asyncio.to_thread(os.waitid, os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # it is over, and not buried
    (tmp_path / "postmaster.pid").write_text(f"{dead.pid}\n{tmp_path}\n")

    await _end_leftover(tmp_path)

    assert not psutil.pid_exists(dead.pid)
    dead.wait()
