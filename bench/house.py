"""Rows `house.cold_start` and `house.stop`: `trunkline serve` on an empty directory until ready, and its end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Context, Figure, absolute

ROWS = ("house.cold_start", "house.stop")
_ROUNDS = 3
_GIVE_UP_SECONDS = 120.0


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Each round begins with initdb, as a first installation does."""
    starts, stops = zip(*(_round(context.folder / str(number)) for number in range(_ROUNDS)), strict=True)
    if "house.cold_start" in wanted:
        yield absolute("house.cold_start", starts, "s", "<=", 10)
    if "house.stop" in wanted:
        yield absolute("house.stop", stops, "s", "<=", 5)


def _round(folder: Path) -> tuple[float, float]:
    web, environment = _environment(folder)
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "trunkline", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_ready(f"http://{web}/readyz", server)
        ready = time.perf_counter()
        server.send_signal(signal.SIGTERM)
        server.wait(_GIVE_UP_SECONDS)
        return ready - began, time.perf_counter() - ready
    finally:
        server.kill()
        server.wait()


def _until_ready(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Ready is when a question is answered from a directory level with the database, and the pages are served."""
    give_up = time.perf_counter() + _GIVE_UP_SECONDS
    while time.perf_counter() < give_up and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1) as response:
                if b'"ok":false' not in response.read():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.02)
    raise RuntimeError(f"trunkline serve was not ready within {_GIVE_UP_SECONDS:g} s (code {server.poll()})")


def _environment(folder: Path) -> tuple[str, dict[str, str]]:
    addresses = [f"127.0.0.1:{_free_port()}" for _ in range(4)]
    names = [f"TRUNKLINE_LISTEN_{name}" for name in ("QUESTION", "WEB", "PUBLIC", "FASTAGI")]
    own = {"TRUNKLINE_DATA_DIR": str(folder), **dict(zip(names, addresses, strict=True))}
    return addresses[1], {**os.environ, **own}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
