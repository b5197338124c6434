"""Files into the database: all of a good file, all but the bad lines of a bad one, nothing of a hopeless one."""

import csv
import random
import zipfile
from pathlib import Path
from uuid import UUID

import asyncpg
import openpyxl
import pytest

from trunkline.contacts import child, imports
from trunkline.contacts.child import ImportFailed
from trunkline.contacts.imports import ImportOptions, Progress, import_contacts, import_spam
from trunkline.contacts.sheets import LONGEST_CELL, LONGEST_LINE
from trunkline.contacts.storing import Stored
from trunkline.db.pool import prepare_connection
from trunkline.errors import InvalidInput

ANNA = UUID(int=0xA)
GOOD = """external_id;Имя;Телефон;Компания;Класс;Ответственный;VIP;Долг
K1;Иванов Иван;8 (916) 123-45-67;ООО «Ромашка»;клиент;Анна;да;12 345,67
K2;Петров;+79161234568, 84951234567;ООО «Ромашка»;поставщик;;;
K3;"Иванов & Ко, ООО+";+79161234569;;;101;нет;0
"""


@pytest.fixture
async def people(pool: asyncpg.Pool) -> None:
    await pool.execute("insert into people (id, name, extension) values ($1, 'Анна', '101')", ANNA)


def written(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "contacts.csv"
    path.write_bytes(text.encode(encoding))
    return path


async def known(pool: asyncpg.Pool) -> dict[str, list[str]]:
    rows = await pool.fetch(
        "select name, array_agg(number order by number) as numbers from directory_contacts group by 1"
    )
    return {row["name"]: row["numbers"] for row in rows}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
async def test_a_good_file(pool: asyncpg.Pool, people: None, tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = written(tmp_path, GOOD.replace(";", delimiter), encoding=encoding)
    told: list[Progress] = []
    report = await import_contacts(pool, path, ImportOptions(), told.append)

    assert (report.stored, report.refused, report.problems) == (Stored(added=3), 0, [])
    assert await known(pool) == {
        "Иванов Иван": ["+79161234567"],
        "Петров": ["+74951234567", "+79161234568"],
        "Иванов & Ко, ООО+": ["+79161234569"],
    }
    row = await pool.fetchrow(
        "select c.*, co.name as company from contacts c left join companies co on co.id = company_id"
        " where c.external_id = 'K1'"
    )
    assert row is not None
    assert (row["company"], row["class"], row["responsible_id"], row["vip"]) == ("ООО «Ромашка»", "client", ANNA, True)
    assert str(row["overdue"]) == "12345.67"
    assert await pool.fetchval("select count(*) from companies") == 1
    assert told[-1] == Progress(1.0, 3, 0)


async def test_the_city_of_a_file(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async def city() -> str:
        return str(await pool.fetchval("select city from directory_contacts where number = '+79161234567'"))

    head, row = "id;имя;телефон;Город\n", "1;Иванов;+79161234567;"
    await import_contacts(pool, written(tmp_path, f"{head}{row} г.  Тверь\n"), ImportOptions())
    assert await city() == "г. Тверь"
    await import_contacts(pool, written(tmp_path, "id;имя;телефон\n1;Иванов;+79161234567\n"), ImportOptions())
    assert await city() == "г. Тверь", "a file without the column keeps it"
    report = await import_contacts(pool, written(tmp_path, f"{head}{row}Казань\n"), ImportOptions())
    assert (report.stored, await city()) == (Stored(changed=1), "Казань")
    report = await import_contacts(pool, written(tmp_path, f"{head}{row}{'x' * 101}\n"), ImportOptions())
    assert (report.refused, await city()) == (1, "Казань")


async def test_a_workbook(pool: asyncpg.Pool, people: None, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Имя", "Телефон", "Долг", "VIP"])
    sheet.append(["Иванов", 79161234567, 12.5, True])
    sheet.append([None, None, None, None])
    sheet.append(["Петров", 89161234568.0, None, None])
    sheet.append(["Сидоров", "нет", None, None])
    book.save(tmp_path / "contacts.xlsx")
    report = await import_contacts(pool, tmp_path / "contacts.xlsx", ImportOptions())

    assert (report.stored.added, report.refused) == (2, 1)
    assert report.problems[0].line == 5
    assert await known(pool) == {"Иванов": ["+79161234567"], "Петров": ["+79161234568"]}


async def test_the_same_file_again_changes_nothing(pool: asyncpg.Pool, people: None, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    await import_contacts(pool, path, ImportOptions())
    before = await pool.fetch("select xmin, * from contacts order by id")
    changes = await pool.fetchval("select count(*) from directory_changes where kind <> 'head'")
    report = await import_contacts(pool, path, ImportOptions())

    assert report.stored == Stored(unchanged=3)
    assert await pool.fetch("select xmin, * from contacts order by id") == before
    assert await pool.fetchval("select count(*) from directory_changes where kind <> 'head'") == changes


async def test_the_next_state_of_a_source(pool: asyncpg.Pool, people: None, tmp_path: Path) -> None:
    await import_contacts(pool, written(tmp_path, GOOD), ImportOptions("erp"))
    await import_contacts(pool, written(tmp_path, "имя;телефон\nДругой;+79160000000\n"), ImportOptions("other"))
    changed = written(
        tmp_path,
        "external_id;имя;телефон;ответственный\n"
        "K1;Иванов Иван;+79161234567;\n"
        "K2;Петров;+74951234567;\n"
        "K4;Новый;+79161234570;\n",
    )
    dry = await import_contacts(pool, changed, ImportOptions("erp", replace_source=True, dry_run=True))
    assert len(await known(pool)) == 4
    report = await import_contacts(pool, changed, ImportOptions("erp", replace_source=True))

    assert (dry.stored, dry.removed) == (report.stored, report.removed) == (Stored(1, 2, 0), 1)
    assert await known(pool) == {
        "Другой": ["+79160000000"],
        "Иванов Иван": ["+79161234567"],
        "Новый": ["+79161234570"],
        "Петров": ["+74951234567"],
    }
    row = await pool.fetchrow("select responsible_id, overdue, class from contacts where external_id = 'K1'")
    assert row is not None
    assert (row["responsible_id"], str(row["overdue"]), row["class"]) == (None, "12345.67", "client"), (
        "an empty cell empties, an absent column keeps"
    )
    again = await import_contacts(pool, written(tmp_path, GOOD), ImportOptions("erp"))
    assert again.stored == Stored(0, 3, 0), "K3 comes back, K1 and K2 change back"


async def test_bad_lines_are_reported_and_the_rest_goes_in(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "имя,телефон,класс,цвет\n"
        'Первый,+79160000001,,red\n'
        "Второй,12,,\n"
        '"Трет\nий",+79160000003,,\n'
        "Повтор,+79160000005,,\n"
        "Повтор,8 916 000 00 05,,\n"
        f"Длинный,{'9' * LONGEST_LINE},,\n"
        f"Ячейка,+79160000006,{'9' * (LONGEST_CELL + 1)},\n"
        "Шестой,+79160000007,чужой,\n" + "," * 300 + "\n"
        'Открытый,"+79160000008\n',
    )  # fmt: skip
    report_path = tmp_path / "reports" / "problems.csv"
    report = await import_contacts(pool, path, ImportOptions(report_path=report_path))

    assert sorted(await known(pool)) == ["Открытый", "Первый", "Повтор", "Трет ий", "Шестой"]
    assert report.ignored_columns == ("цвет",)
    said = {(problem.line, problem.column): problem.message for problem in report.problems}
    assert set(said) == {(3, "phone"), (7, ""), (8, ""), (9, ""), (10, "class"), (11, "")}
    assert said[7, ""] == "is the person of line 6: joined with it"
    assert "longer than" in said[8, ""]
    assert (report.refused, report.joined) == (4, 1)
    with report_path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["line"] for row in csv.DictReader(file)] == ["3", "7", "8", "9", "10", "11"]


async def test_a_row_of_another_encoding_is_refused_and_the_file_stays_what_it_is(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    rows = ("имя;телефон", "Игорь;+79160000001", "caf\xe9;+79160000002", "Ольга;+79160000003")
    path = tmp_path / "contacts.csv"
    path.write_bytes(b"\n".join(row.encode("latin-1" if "\xe9" in row else "utf-8") for row in rows))

    report = await import_contacts(pool, path, ImportOptions())

    assert sorted(await known(pool)) == ["Игорь", "Ольга"]
    assert [(one.line, one.message) for one in report.problems] == [
        (3, "has bytes that are not of the file's encoding")
    ]


async def test_repeats_are_found_over_chunks(
    pool: asyncpg.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_CHUNK_ROWS", 2)
    lines = [f"К{n};+7916000000{n % 7}" for n in range(7)] + ["К0;+79160000000", "К8;+79160000008"]
    path = written(tmp_path, "имя;телефон\n" + "\n".join(lines) + "\n")
    for stored in (Stored(added=8), Stored(unchanged=8)):
        report = await import_contacts(pool, path, ImportOptions())
        assert report.stored == stored
        assert [(p.line, p.message) for p in report.problems] == [(9, "repeats the contact of line 2")]


async def test_a_role_that_owns_nothing_and_may_not_spare_checks_gets_the_same(
    pool: asyncpg.Pool, people: None, database_url: str, tmp_path: Path
) -> None:
    await pool.execute(
        "create role importer; grant all on all tables in schema public to importer;"
        " grant all on all sequences in schema public to importer"
    )
    try:
        theirs_only = {"role": "importer", "timezone": "UTC"}
        async with asyncpg.create_pool(
            database_url, min_size=0, init=prepare_connection, server_settings=theirs_only
        ) as theirs:
            report = await import_contacts(theirs, written(tmp_path, GOOD), ImportOptions())
    finally:
        await pool.execute("drop owned by importer; drop role importer")

    assert report.stored == Stored(added=3)
    assert len(await known(pool)) == 3


async def test_spared_checks_leave_no_dangling_reference(pool: asyncpg.Pool, people: None, tmp_path: Path) -> None:
    await import_contacts(pool, written(tmp_path, GOOD), ImportOptions())
    await pool.execute("delete from people")
    await pool.execute("delete from companies")

    assert await pool.fetchval("select count(*) from contacts where responsible_id is not null") == 0
    assert await pool.fetchval("select count(*) from contacts where company_id is not null") == 0
    assert await pool.fetchval("select current_setting('session_replication_role')") == "origin"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        ("имя;город\nИванов;Москва\n".encode(), "no column for the number"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel"),
        (b"PK\x03\x04" + bytes(600), "not a workbook"),
        (b"\x00" * 5000, "neither text nor a workbook"),
        (random.Random(1).randbytes(5000), "neither text nor a workbook"),
    ],
)
async def test_a_hopeless_file_changes_nothing_and_says_why(
    pool: asyncpg.Pool, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(InvalidInput, match=said):
        await import_contacts(pool, path, ImportOptions(replace_source=True))


async def test_a_zip_bomb_is_refused(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(200 << 20))

    with pytest.raises(InvalidInput, match="unpacks to 200 MiB"):
        await import_contacts(pool, path, ImportOptions())


async def test_a_parser_that_dies_changes_nothing(
    pool: asyncpg.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_PARSER", "trunkline.contacts.no_such_module")
    with pytest.raises(ImportFailed, match="no_such_module"):
        await import_contacts(pool, written(tmp_path, GOOD), ImportOptions())
    assert await known(pool) == {}


@pytest.mark.parametrize("source", ["", " ", "x" * 61, "a\nb"])
async def test_a_source_needs_a_name(pool: asyncpg.Pool, tmp_path: Path, source: str) -> None:
    with pytest.raises(InvalidInput, match="source"):
        await import_contacts(pool, written(tmp_path, GOOD), ImportOptions(source))


async def test_a_spam_list(pool: asyncpg.Pool, people: None, tmp_path: Path) -> None:
    await pool.execute("insert into lines (id, number) values ($1, '+74951234500')", ANNA)
    path = written(tmp_path, "84951234501\n84951234502\n0\n00\n+7 495 123-45-00\n84951234501\n")
    report = await import_spam(pool, path, ImportOptions("carriers"))

    assert report.stored == Stored(added=2)
    assert [(problem.line, problem.column) for problem in report.problems] == [(3, "phone"), (4, "phone"), (5, "phone")]
    assert "our own" in report.problems[2].message
    assert (await import_spam(pool, path, ImportOptions("carriers"))).stored == Stored(unchanged=2)

    path = written(tmp_path, "phone;votes\n84951234501;9\n84951234503;2\n")
    report = await import_spam(pool, path, ImportOptions("carriers", replace_source=True))

    assert (report.stored, report.removed) == (Stored(added=1, changed=1), 1)
    rows = await pool.fetch("select number, votes from spam_numbers order by number")
    assert [tuple(row) for row in rows] == [("+74951234501", 9), ("+74951234503", 2)]
    other = await import_spam(pool, path, ImportOptions("other", replace_source=True))
    assert (other.stored, other.removed) == (Stored(unchanged=2), 0)
