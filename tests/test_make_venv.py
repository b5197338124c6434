"""What scripts/make-venv says to a machine that lacks something: in one line, with the line that puts it right."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APT = "sudo apt install make git python3 python3-venv"

_OLD = "case $1 in -V) echo Python 3.9.2;; *) exit 1;; esac"
_BARE = "case $2 in *ensurepip*) exit 1;; esac"  # as Debian has it without python3-venv


@pytest.mark.parametrize(
    ("python", "told"),
    [
        (None, f"Python is missing. On Debian: {APT}"),
        (_OLD, "Python 3.11 or newer is needed; python3 is Python 3.9.2. Name another: make PYTHON=python3.12 run"),
        (_BARE, f"Python's venv is missing. On Debian: {APT}"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, python: str | None, told: str) -> None:
    if python is not None:
        (tmp_path / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (tmp_path / "python3").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "make-venv", "requirements.txt"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{told}\n")
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_the_readme_has_the_same_line(page: str) -> None:
    assert APT in (ROOT / page).read_text(encoding="utf-8")
