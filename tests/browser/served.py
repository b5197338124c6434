"""The demo company as `trunkline demo --calls` serves it, with ports and a data directory of its own."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port

_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is."""

    address: str
    question: str
    data_dir: Path
    log: Path
    """What it said."""


@contextmanager
def demo_company() -> Iterator[Served]:
    """Start it, wait until its login page is served, end it."""
    with tempfile.TemporaryDirectory(prefix="trunkline-browser-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        web, question = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        environment = os.environ | {
            "TRUNKLINE_DATA_DIR": f"{name}/data",
            "TRUNKLINE_LISTEN_WEB": web,
            "TRUNKLINE_LISTEN_QUESTION": question,
            "TRUNKLINE_LISTEN_FASTAGI": f"127.0.0.1:{free_port()}",
            "TRUNKLINE_LISTEN_PUBLIC": f"127.0.0.1:{free_port()}",
        }
        log = Path(name) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "trunkline", "demo", "--calls"], env=environment, stdout=out, stderr=out
            )
        try:
            _await_demo(process, f"http://{web}", log)
            yield Served(f"http://{web}", f"http://{question}", Path(name) / "data", log)
        finally:
            process.terminate()
            process.wait(30)


def _await_demo(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    give_up = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        with suppress(OSError), urllib.request.urlopen(f"{address}/login", timeout=5):
            return
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.1)
