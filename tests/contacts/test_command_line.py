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


async def test_a_spam_list_is_taken_back(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "spam.txt"
    file.write_text("84951234501\n84951234502\n", encoding="utf-8")
    done = run(database_url, data_dir, "spam", str(file))
    assert (done.returncode, "import: 2 added" in done.stdout) == (0, True), done.stderr
    undo = done.stdout.rpartition("trunkline import undo ")[2].strip()
    assert "0 are as before, 2 added ones are out again" in run(database_url, data_dir, "undo", undo).stdout
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


FOREIGN = "ФИО сотрудника;Раб. тел.\nИванов;8 916 123-45-67, доб. 12\n"


def test_columns_nobody_knows_are_told_with_a_guess(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(FOREIGN, encoding="cp1251")
    refused = run(database_url, data_dir, "contacts", str(file))
    assert refused.returncode == 1
    assert "its columns are 1 «ФИО сотрудника» (Иванов), 2 «Раб. тел.» (8 916 123-45-67, доб. 12)" in refused.stderr
    assert '--map "ФИО сотрудника=name" --map "Раб. тел.=phone"' in refused.stderr
    unknown = run(database_url, data_dir, "contacts", str(file), "--map", "Цвет=note")
    assert (unknown.returncode, "there is no column 'Цвет'" in unknown.stderr) == (1, True)


def test_columns_that_were_said_are_remembered(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(FOREIGN, encoding="cp1251")
    done = run(database_url, data_dir, "contacts", str(file), "--map", "ФИО сотрудника=name", "--map", "2=phone")
    assert done.returncode == 0, done.stderr
    again = run(database_url, data_dir, "contacts", str(file))
    assert "Columns as the last time: ФИО сотрудника=name, Раб. тел.=phone" in again.stderr
    assert "1 unchanged" in again.stdout


async def test_an_import_is_taken_back(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("имя;телефон\nИванов;84951234567\n", encoding="utf-8")
    done = run(database_url, data_dir, "contacts", str(file))
    (listed,) = run(database_url, data_dir, "undo").stdout.splitlines()
    identifier = listed.split()[0]
    assert f"trunkline import undo {identifier}" in done.stdout
    assert listed.split("  ")[2:] == ["contacts", "import", "contacts.csv: 1 added, 0 changed, 0 removed"]
    taken_back = run(database_url, data_dir, "undo", identifier)
    assert "0 are as before, 1 added ones are out again" in taken_back.stdout
    assert "is undone already" in run(database_url, data_dir, "undo", identifier).stderr
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select count(*) from contacts_shown") == 0
    who = "select person from audit where action = 'contacts.import_undone'"
    assert await connection.fetchval(who) == "trunkline import undo"
    await connection.close()


def test_a_trial_tells_changes_side_by_side(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    for name, options in (("Иванов", []), ("Иванова", ["--dry-run"])):
        file.write_text(f"external_id;имя;телефон\nK1;{name};84951234567\n", encoding="utf-8")
        done = run(database_url, data_dir, "contacts", str(file), *options)
    assert "line 2, Иванова: name Иванов -> Иванова" in done.stdout


def test_a_file_without_headings_is_read_by_numbers(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("Иванов;84951234567\n", encoding="utf-8")
    refused = run(database_url, data_dir, "contacts", str(file))
    assert '--no-header --map "1=name" --map "2=phone"' in refused.stderr
    done = run(database_url, data_dir, "contacts", str(file), "--no-header", "--map", "1=name", "--map", "2=phone")
    assert "1 added" in done.stdout
