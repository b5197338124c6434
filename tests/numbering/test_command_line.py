"""`trunkline import numbering` as an operator runs it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from tests.contacts.test_command_line import run
from tests.numbering.files import LAYOUT_2020, LAYOUT_ABC, written


async def test_several_files_their_age_and_bad_lines(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    files = [
        written(tmp_path, LAYOUT_2020 + "916;5;4;0;МТС;Москва\n".encode("cp1251"), "DEF-9xx.csv"),
        written(tmp_path, LAYOUT_ABC, "ABC-8xx.csv"),
    ]
    day = (datetime.now(UTC) - timedelta(100)).date()
    done = run(database_url, data_dir, "numbering", *map(str, files), "--date", str(day))

    assert done.returncode == 2, done.stderr
    assert f"DEF-9xx.csv: registry of {day} (100 days old), 5 lines, 1 refused" in done.stdout
    assert "+7 9xx: 4 ranges, 10,163,000 numbers; 4 new, 0 gone; not known before" in done.stdout
    assert "It is over 90 days old" in done.stdout
    assert "line 6, До: 4 is below От 5" in done.stdout
    (report,) = (data_dir / "imports").glob("numbering-*-problems-DEF-9xx.csv")
    assert str(report) in done.stdout
    assert "ABC-8xx.csv" in done.stderr, "the bar is drawn on standard error"
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select array_agg(digit order by digit) from numbering_registries") == [
        "3", "8", "9",
    ]  # fmt: skip
    await connection.close()


def test_another_file_ends_with_one_sentence(database_url: str, data_dir: Path, tmp_path: Path) -> None:
    done = run(database_url, data_dir, "numbering", str(written(tmp_path, "имя;телефон\n")))

    assert done.returncode == 1
    assert "is no numbering registry" in done.stderr
    assert "Traceback" not in done.stderr
