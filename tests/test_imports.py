"""Importing touches neither environment nor network; the question process loads no database driver."""

import ast
import pkgutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
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


def test_whoever_says_that_it_does_no_io_is_held_to_it() -> None:
    """By one of the two contracts: the second is for those that import a type of a module that does I/O."""
    told = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = told["tool"]["importlinter"]["contracts"]
    held = {name for one in contracts if "do no I/O" in one["name"] for name in one["source_modules"]}
    saying = set()
    for package in PACKAGES:
        for path in (_ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "No I/O" in text and "No I/O here" in " ".join((ast.get_docstring(ast.parse(text)) or "").split()):
                saying.add(".".join(path.relative_to(_ROOT).with_suffix("").parts))

    assert [name for name in sorted(saying) if not held & _and_above(name)] == []


def _and_above(name: str) -> set[str]:
    """A module and its packages: a package in a contract holds all in it."""
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
