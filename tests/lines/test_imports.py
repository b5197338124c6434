"""Files of lines: what goes in, what is refused with its row, and that a repeat changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.lines.imports import import_lines
from trunkline.people.audit import Actor
from trunkline.web.i18n import Reader, Translations, reading

NOW = datetime(2026, 8, 6, 9, tzinfo=UTC)
ACTOR = Actor(None, "tests", "test")
FILE = """Номер;Имя;Город;Режим;Запасной путь;Цвет
8 (495) 123-45-67;Офис;Москва;observe;queue:sales;красный
4957654321;Сервис;Москва;;;
12;Внутренний;;;;
+74950000001;Плохой режим;;watch;;
+74950000002;Плохой путь;;;sales;
+74950000003;Нет очереди;;;queue:nosuch;
"""


async def numbers(pool: Pool) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await pool.fetch("select number, name, mode, city from lines order by number")]


@pytest.mark.usefixtures("queue")
async def test_a_file_goes_in_but_for_its_bad_rows(pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(FILE.encode("cp1251"))

    tried = await import_lines(pool, file, ACTOR, NOW, dry_run=True)
    assert (tried.added, tried.refused, await numbers(pool)) == (2, 4, [])
    first = await import_lines(pool, file, ACTOR, NOW)
    again = await import_lines(pool, file, ACTOR, NOW)

    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert [(problem.line, problem.column) for problem in first.problems] == [
        (4, "number"),
        (5, "mode"),
        (6, "fallback"),
        (7, "fallback"),
    ]
    assert first.problems[-1].message == "there is no queue 'nosuch'; there are sales"
    assert first.ignored_columns == ("Цвет",)
    assert await numbers(pool) == [
        ("+74951234567", "Офис", "observe", "Москва"),
        ("+74957654321", "Сервис", "route", "Москва"),
    ]
    assert await pool.fetchval("select count(*) from audit where object_kind = 'line'") == 2


async def test_a_mode_or_state_that_is_none_is_told_in_the_readers_language(pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("номер;режим;состояние\n+74950000001;watch;sold\n+74950000002;Advise;\n")

    with reading(Reader("ru"), Translations(("trunkline.lines",))):
        report = await import_lines(pool, file, ACTOR, NOW)

    assert [(problem.line, problem.column, problem.message) for problem in report.problems] == [
        (2, "mode", "нужно observe, advise или route"),
        (2, "state", "нужно одно из: ordered, quarantine, active, retiring, returned"),
    ]
    assert [row[2] for row in await numbers(pool)] == ["advise"]


@pytest.mark.usefixtures("queue")
async def test_columns_that_are_not_there_stay(pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(FILE)
    await import_lines(pool, file, ACTOR, NOW)
    workbook = openpyxl.Workbook()
    workbook.active.append(["number", "city"])  # type: ignore[union-attr]
    workbook.active.append([74951234567, "Тверь"])  # type: ignore[union-attr]
    workbook.save(tmp_path / "more.xlsx")

    report = await import_lines(pool, tmp_path / "more.xlsx", ACTOR, NOW)

    assert (report.changed, report.unchanged) == (1, 0)
    assert (await numbers(pool))[0] == ("+74951234567", "Офис", "observe", "Тверь")


@pytest.mark.parametrize("text", ["имя;город\nОфис;Москва\n"])
async def test_a_file_without_numbers_is_refused(pool: Pool, tmp_path: Path, text: str) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(text)
    with pytest.raises(InvalidInput, match="no column of numbers"):
        await import_lines(pool, file, ACTOR, NOW)
