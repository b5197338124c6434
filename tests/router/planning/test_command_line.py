"""`trunkline plan` as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.router.planning.conftest import EDITED
from trunkline.db.types import Pool


def run(database_url: str, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "TRUNKLINE_DATABASE_URL": database_url,
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "LC_ALL": "C",
    }
    return subprocess.run(
        [sys.executable, "-m", "trunkline", "plan", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


async def test_out_changed_checked_and_in(
    company: None, pool: Pool, database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    done = run(database_url, data_dir, "export", str(file))
    assert done.returncode == 0, done.stderr
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("queue:production", "queue:finance"), encoding="utf-8")

    assert run(database_url, data_dir, "check", str(file)).stdout == "plan.toml is a plan.\n"
    done = run(database_url, data_dir, "import", str(file))
    assert done.returncode == 0, done.stderr
    draft = await pool.fetchrow("select body, author from plan_drafts")
    assert draft is not None
    assert draft["body"] == EDITED | {"classes": EDITED["classes"] | {"supplier": "queue:finance"}}
    assert draft["author"] == "trunkline plan import"
    assert await pool.fetchval("select count(*) from plans") == 1, "nothing is published by it"


async def test_every_mistake_of_a_file_is_told(
    company: None, pool: Pool, database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('default = "queue:nobody"\nvip_priority = "high"\n[hours]\nmon = ["9-18"]\n', encoding="utf-8")
    done = run(database_url, data_dir, "import", str(file))

    assert done.returncode == 1
    told = sorted(line.partition(":")[0] for line in done.stderr.splitlines())
    assert told == ["default", "hours.mon[0]", "vip_priority"]
    assert await pool.fetchval("select count(*) from plan_drafts") == 0
    for nothing in ("", " \n\n"):
        file.write_text(nothing, encoding="utf-8")
        done = run(database_url, data_dir, "check", str(file))
        assert (done.returncode, done.stderr) == (
            1,
            'trunkline: file: is empty: a plan has fields, e.g. default = "queue:sales"\n',
        )
    file.write_text("[", encoding="utf-8")
    assert "is no TOML or JSON" in run(database_url, data_dir, "check", str(file)).stderr


async def test_no_plan_yet(pool: Pool, database_url: str, data_dir: Path, tmp_path: Path) -> None:
    done = run(database_url, data_dir, "export")
    assert (done.returncode, done.stderr) == (1, "trunkline: no plan is published yet\n")


async def test_a_file_that_cannot_be_written(company: None, database_url: str, data_dir: Path, tmp_path: Path) -> None:
    done = run(database_url, data_dir, "export", str(tmp_path / "nowhere" / "plan.toml"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
