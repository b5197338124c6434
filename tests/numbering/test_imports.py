"""Files of the registry into the database: whole replacement of a first digit, and the same file twice is nothing."""

import datetime as dt
import os
from pathlib import Path

import asyncpg
import pytest

from tests.numbering.files import DATA, LAYOUT_2020, LAYOUT_ABC, OF_2026, written
from trunkline.contacts.rows import Problem
from trunkline.errors import InvalidInput
from trunkline.numbering.imports import (
    NumberingOptions,
    NumberingReport,
    Registry,
    import_numbering,
    registries,
    write_problems,
)

TODAY = dt.date(2026, 8, 6)
OLD, NEW = dt.date(2026, 5, 1), dt.date(2026, 8, 1)


async def imported(pool: asyncpg.Pool, path: Path, dated: dt.date | None = NEW, **options: bool) -> NumberingReport:
    return await import_numbering(pool, path, NumberingOptions(dated, **options), TODAY)


async def ranges(pool: asyncpg.Pool) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await pool.fetch("select * from numbering_ranges order by first")]


async def test_a_file_goes_in_and_the_same_again_changes_nothing(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = written(tmp_path, LAYOUT_2020)
    first = await imported(pool, path)
    known = await ranges(pool)
    await pool.execute("delete from directory_changes")
    again = await imported(pool, path)

    assert (first.lines, first.refused, first.problems) == (4, 0, [])
    assert [(each.digit, each.ranges, each.numbers, each.added) for each in first.digits] == [("9", 4, 10_163_000, 4)]
    assert known[0] == (9_000_000_000, 9_000_061_999, "subject", ["23"], 'ООО "Т2 Мобайл"')
    assert known[3] == (9_160_000_000, 9_169_999_999, "subject", ["50", "77"], 'ПАО "МТС"')
    assert [(each.added, each.removed, each.dated_before) for each in again.digits] == [(0, 0, NEW)]
    assert await ranges(pool) == known
    assert await pool.fetchval("select count(*) from directory_changes") == 0


async def test_a_file_replaces_all_of_its_first_digits_and_no_other(pool: asyncpg.Pool, tmp_path: Path) -> None:
    await imported(pool, written(tmp_path, LAYOUT_2020), OLD)
    await imported(pool, written(tmp_path, LAYOUT_ABC, "ABC.csv"))
    later = f"{OF_2026}\n917;0;9999999;10000000;МТС;-;Республика Татарстан;1\n"
    report = await imported(pool, written(tmp_path, later, "later.csv"))
    async with pool.acquire() as connection:
        known = await registries(connection)

    assert [(each.added, each.removed, each.dated_before) for each in report.digits] == [(1, 4, OLD)]
    assert [row[0] for row in await ranges(pool)] == [3_362_200_000, 8_001_000_000, 9_170_000_000]
    assert known == [
        Registry("3", NEW, "ABC.csv", 1, 100_000),
        Registry("8", NEW, "ABC.csv", 1, 10_000),
        Registry("9", NEW, "later.csv", 1, 10_000_000),
    ]


async def test_a_newer_day_of_the_same_ranges_is_kept(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = written(tmp_path, LAYOUT_2020)
    await imported(pool, path, OLD)
    await imported(pool, path, NEW)

    assert await pool.fetchval("select dated from numbering_registries") == NEW


async def test_the_day_is_that_of_the_file_unless_it_is_told(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = written(tmp_path, LAYOUT_2020)
    changed = dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC).timestamp()
    os.utime(path, (changed, changed))

    assert (await imported(pool, path, None)).dated == dt.date(2026, 7, 15)
    with pytest.raises(InvalidInput, match="has not come yet"):
        await imported(pool, path, TODAY + dt.timedelta(1))


async def test_a_bad_line_does_not_keep_the_rest_out(pool: asyncpg.Pool, tmp_path: Path) -> None:
    bad = "916;5;4;0;МТС;Москва\n916;0;10;11;МТС;Москва\n".encode("cp1251")
    report = await imported(pool, written(tmp_path, LAYOUT_2020 + bad))

    assert [(problem.line, problem.message) for problem in report.problems] == [
        (6, "4 is below От 5"),
        (7, "overlaps the range of line 5"),
    ]
    assert report.refused == 2
    assert len(await ranges(pool)) == 4


def test_no_cell_of_the_report_is_a_formula(tmp_path: Path) -> None:
    report = tmp_path / "problems.csv"
    write_problems(report, [Problem(2, "Регион", "=cmd|' /C calc'!A0 names no subject we know", refused=False)])

    assert "2,Регион,'=cmd|" in report.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("dry", [False, True])
async def test_a_file_cut_off_is_refused_unless_it_may_shrink(pool: asyncpg.Pool, tmp_path: Path, dry: bool) -> None:
    await imported(pool, written(tmp_path, LAYOUT_2020))
    known = await ranges(pool)
    cut = written(tmp_path, LAYOUT_2020[: LAYOUT_2020.rindex(b"916")], "cut.csv")
    with pytest.raises(InvalidInput, match="seems cut off"):
        await imported(pool, cut)

    assert await ranges(pool) == known
    await imported(pool, cut, may_shrink=True, dry_run=dry)
    assert len(await ranges(pool)) == (4 if dry else 3)


async def test_two_files_of_one_digit_in_a_run(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = written(tmp_path, LAYOUT_2020, "second.csv")
    with pytest.raises(InvalidInput, match=r"second\.csv holds \+7 9xx, and so does first\.csv"):
        await import_numbering(pool, path, NumberingOptions(NEW), TODAY, {"9": "first.csv"})


@pytest.mark.parametrize("data", [b"", b"name;phone\n", b"\xff\xfe\0\0", f"{OF_2026}\n".encode()])
async def test_a_hopeless_file_changes_nothing(pool: asyncpg.Pool, tmp_path: Path, data: bytes) -> None:
    await imported(pool, written(tmp_path, LAYOUT_2020))
    with pytest.raises(InvalidInput):
        await imported(pool, written(tmp_path, data, "hopeless.csv"))

    assert len(await ranges(pool)) == 4


@pytest.mark.skipif(not DATA.is_dir(), reason="TRUNKLINE_TEST_DATA has no folder numbering")
async def test_from_the_registry_of_2023_to_that_of_2026(pool: asyncpg.Pool) -> None:
    told: list[float] = []
    await import_numbering(pool, DATA / "DEF-9xx-2023.csv", NumberingOptions(OLD), TODAY)
    report = await import_numbering(pool, DATA / "DEF-9xx-2026.csv", NumberingOptions(NEW), TODAY, progress=told.append)

    assert report.problems == []
    assert [(each.ranges, each.numbers) for each in report.digits] == [(len(await ranges(pool)), 706_567_081)]
    assert await pool.fetchval("select count(*) from numbering_ranges where kind = 'unknown'") == 0
    assert told == sorted(told)
    assert len(told) >= 8
