"""The command's manners: what is wrong is told in plain words, and a reader who left is told nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.db.types import Pool


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serve", "webb"), "Invalid value for 'process': 'webb' is not one of 'question', 'web', 'pbx', 'worker'."),
        (("export", "fallback", "--format", "foo"), "'--format': 'foo' is not one of 'dialplan', 'astdb'."),
        (("why", " "), "trunkline: name a call: its id, the PBX's id of it, or the phone number it came from"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = command(arguments, tmp_path, subprocess.PIPE)

    assert done.returncode != 0
    assert told in done.stderr
    assert "Value error" not in done.stderr


def test_a_reader_who_left_is_told_nothing(pool: Pool, database_url: str, tmp_path: Path) -> None:
    reader, output = os.pipe()
    os.close(reader)

    done = command(("migrate",), tmp_path, output, TRUNKLINE_DATABASE_URL=database_url)

    os.close(output)
    assert (done.returncode, done.stderr) == (1, "")


def command(arguments: tuple[str, ...], data_dir: Path, output: int, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TRUNKLINE_DATA_DIR": str(data_dir), "LC_ALL": "C", "COLUMNS": "200", **more}
    arguments = (sys.executable, "-m", "trunkline", *arguments)
    return subprocess.run(
        arguments, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
