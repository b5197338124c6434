"""Importing touches neither environment nor network; the question process loads no database driver."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = ("trunkline", "router", "calltracking", "recordings", "softphone_card", "crm_sync")

_NOT_ALWAYS = ("softphone_card.desktop.qt.", "recordings.speech.whisper_engine", "recordings.speech.onnx_engine")
"""Qt wants libraries of a machine with a screen, two engines an extra; `make test-e2e` installs and imports these."""


def modules() -> list[str]:
    names = []
    for package in PACKAGES:
        module = import_module(package)
        names += [entry.name for entry in pkgutil.walk_packages(module.__path__, f"{package}.")]
    return [name for name in names if not name.endswith("__main__") and not name.startswith(_NOT_ALWAYS)]


def run(script: str) -> str:
    """Run `script` in a fresh interpreter with an empty environment."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, env={}, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_imports_in_an_empty_environment_without_a_socket() -> None:
    script = f"""
import socket
def refuse(*a, **k): raise AssertionError("a socket at import")
socket.socket.connect = refuse
import importlib
for name in {modules()!r}:
    importlib.import_module(name)
"""
    run(script)


@pytest.mark.parametrize("driver", ["asyncpg", "panoramisk", "pgqueuer", "openpyxl"])
def test_question_process_does_not_load(driver: str) -> None:
    loaded = run("import sys, trunkline.app.question; print('\\n'.join(sys.modules))").split()

    assert driver not in {name.split(".")[0] for name in loaded}


_HELP = """
import sys
from trunkline.app.command import main
sys.argv = ["trunkline", "--help"]
try:
    main()
except SystemExit:
    pass
print("loaded", *sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_help_loads_no_command() -> None:
    told, _, loaded = run(_HELP).rpartition("loaded ")

    assert "doctor " in told
    assert {"aiohttp", "asyncpg", "openpyxl", "pgqueuer", "redis", "rich"}.isdisjoint(loaded.split())


def test_web_and_worker_do_not_load_what_reads_spreadsheets() -> None:
    """It brings numpy with it: 0.2 s of every start."""
    loaded = run("import sys, trunkline.app.web, trunkline.app.worker; print('\\n'.join(sys.modules))").split()

    assert {"openpyxl", "numpy"}.isdisjoint(name.split(".")[0] for name in loaded)
