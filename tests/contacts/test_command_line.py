"""`trunkline import` as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg


def run(database_url: str, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with its settings in the environment."""
    environment = os.environ | {"TRUNKLINE_DATABASE_URL": database_url, "TRUNKLINE_DATA_DIR": str(data_dir)}
    return subprocess.run(
        [sys.executable, "-m", "trunkline", "import", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


async def test_bad_lines_are_told_and_written_down(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("имя;телефон;цвет\nИванов;89161234567;red\nПетров;12;\n", encoding="utf-8")
    done = run(database_url, data_dir, "contacts", str(file), "--source", "erp")

    assert done.returncode == 2, done.stderr
    assert "erp: 1 added, 0 changed, 0 unchanged, 0 removed, 1 lines refused" in done.stdout
    assert "Columns not used: цвет" in done.stdout
    assert "line 3, phone: " in done.stdout
    (report,) = (data_dir / "imports").glob("contacts-*-problems.csv")
    assert str(report) in done.stdout
    assert "contacts.csv" in done.stderr, "the bar is drawn on standard error"
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select count(*) from contacts where source = 'erp'") == 1
    await connection.close()


async def test_a_dry_run_of_a_spam_list_changes_nothing(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "spam.txt"
    file.write_text("84951234501\n84951234502\n", encoding="utf-8")
    done = run(database_url, data_dir, "spam", str(file), "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "2 would have been added" in done.stdout
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select count(*) from spam_numbers") == 0
    await connection.close()


def test_a_file_that_is_no_table_ends_with_one_sentence(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("имя;город\n", encoding="utf-8")
    done = run(database_url, data_dir, "contacts", str(file))

    assert done.returncode == 1
    assert "no column for the number" in done.stderr
    assert "Traceback" not in done.stderr
