"""`trunkline demo` is quiet and lives apart, unless it is told otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.cli.demo import settle
from trunkline.settings import default_data_dir, load


def test_it_lives_apart_and_logs_warnings_alone() -> None:
    environment: dict[str, str] = {}
    settle(environment)
    settings = load(None, environment)

    assert (settings.log.level, str(settings.data_dir)) == ("warning", f"{default_data_dir()}-demo")


def test_what_the_environment_says_holds() -> None:
    environment = {"TRUNKLINE_LOG_LEVEL": "info", "TRUNKLINE_DATA_DIR": "/srv/demo"}
    settle(environment)
    settings = load(None, environment)

    assert (settings.log.level, str(settings.data_dir)) == ("info", "/srv/demo")


@pytest.mark.parametrize("given", [True, False])
def test_a_file_says_both_for_itself(given: bool, tmp_path: Path) -> None:
    """The command ends at a mistake in what it is given, before any server starts; until then it has settled."""
    file = tmp_path / "trunkline.toml"
    file.write_text('[log]\nlevel = "info"\n', encoding="utf-8")
    elsewhere = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    told = subprocess.run(
        [sys.executable, "-c", _TELLING, *(["--config", str(file)] if given else [])],
        capture_output=True, text=True, check=False, timeout=60, env=elsewhere | {"TRUNKLINE_LOG_FORMAT": "loud"},
    )  # fmt: skip
    assert told.stdout.split() == (["None"] if given else ["warning"]), told.stderr


_TELLING = """
import os
import sys
from typer.testing import CliRunner
from trunkline.app.command import application
CliRunner().invoke(application, ["demo", *sys.argv[1:]])
print(os.environ.get("TRUNKLINE_LOG_LEVEL"))
"""
