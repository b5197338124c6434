"""One node of the cluster: `trunkline serve` in a network namespace of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.cluster.network import Network
from tests.cluster.servers import FRONT
from tests.e2e.asterisk.waiting import until
from trunkline.embedded.process import end_with_parent
from trunkline.supervise import PROCESSES, process_states

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all nodes are told: where the servers are, and the key."""

    database: str
    valkey: str
    key: bytes


class Node:
    """It may be killed, alone or a process of it, stopped and started again on the data it left."""

    def __init__(self, name: str, folder: Path, places: Network, shared: Shared) -> None:
        self.name = name
        self.address = places.address(places.nodes[name])
        self.data = folder / f"node-{name}"
        self.log = folder / f"node-{name}.log"
        self._before = places.inside(name)
        self._config = folder / f"node-{name}.toml"
        self._config.write_text(_config(self, places.address(FRONT), shared))
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it, and do not wait."""
        command = [*self._before, sys.executable, "-m", "trunkline", "serve", "--config", str(self._config)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        environment["PYTHONPATH"] = str(REPOSITORY)  # its processes do not look where they are (interpreter.py)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
                env=environment,
                preexec_fn=end_with_parent(os.getpid(), signal.SIGTERM),
            )

    def until_ready(self) -> None:
        """Wait until the question and the pages say that they are."""
        for port in (8070, 8080):
            until(lambda at=port: self._ready(at), lambda: f"node {self.name}: {self.tail()}", 60)  # type: ignore[misc]  # bound at once

    def kill(self) -> None:
        """SIGKILL for all of it at once, where it runs."""
        if self._process is None:
            return
        whole = psutil.Process(self._process.pid)
        for process in [whole, *whole.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self._process.wait(20)
        self._process = None

    def kill_one(self, process: str) -> None:
        """SIGKILL for one of its four processes; its supervisor starts that again."""
        assert process in PROCESSES
        os.kill(process_states(self.data)[process].pid, signal.SIGKILL)

    def restarts(self, process: str) -> int:
        """How often that one was started again."""
        return process_states(self.data)[process].restarts

    def stop(self) -> None:
        """As systemd stops it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(40)
            self._process = None

    def tail(self) -> str:
        """Its last words, without those about HAProxy's checks."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([line for line in lines if "/readyz" not in line][-40:])

    def _ready(self, port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}:{port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def _config(node: Node, front: str, shared: Shared) -> str:
    ports = {"question": 8070, "fastagi": 4573, "web": 8080, "public": 8081}
    listen = [f'{name} = "{node.address}:{port}"' for name, port in ports.items()]
    lines = ["[server]", f'node = "{node.name}"', f'data_dir = "{node.data}"', f'trusted_proxies = ["{front}"]']
    lines += ["[listen]", *listen, "[database]", f'url = "{shared.database}"', "[redis]", f'url = "{shared.valkey}"']
    return "\n".join([*lines, "[secrets]", f'key = "{shared.key.hex()}"']) + "\n"
