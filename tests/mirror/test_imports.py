"""Records into the mirror: references, versions, repeats, debts summed, bad lines reported."""

from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest

from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.mirror.entities import ENTITIES
from trunkline.mirror.imports import import_file, import_records
from trunkline.mirror.rows import RowProblem, read_row


async def counts(pool: Pool, entity: str, records: list[dict[str, str]], source: str = "1c") -> tuple[int, ...]:
    report = await import_records(pool, records, ENTITIES[entity], source)
    return report.added, report.changed, report.unchanged, report.refused


async def test_every_entity_takes_its_least_record_twice(pool: Pool) -> None:
    least = {"name": "ООО «Вектор»", "kind": "call", "amount": "10", "paid_on": "2026-06-01", "company": "c1"}
    assert await counts(pool, "companies", [{"external_id": "c1", "name": "x"}]) == (1, 0, 0, 0)
    for entity in ENTITIES.values():
        record = {
            "external_id": "new",
            **{f.name: least[f.name] for f in entity.fields if f.required and f.name in least},
        }
        if entity.name == "debts":
            record["company"] = "c1"
        if entity.name == "works":
            record["kind"] = "delivery"
        assert await counts(pool, entity.name, [record]) == (1, 0, 0, 0), entity.name
        assert await counts(pool, entity.name, [record]) == (0, 0, 1, 0), entity.name


async def test_a_companys_city_is_that_of_its_people(pool: Pool) -> None:
    assert await counts(pool, "companies", [{"external_id": "c1", "name": "x", "city": "Тверь"}]) == (1, 0, 0, 0)
    company = await pool.fetchval("select id from companies")
    await pool.execute("insert into contacts (id, name, company_id) values ($1, 'Пётр', $2)", uuid4(), company)
    await pool.execute("insert into contact_phones select '+79161234567', id from contacts")
    assert await counts(pool, "companies", [{"external_id": "c1", "name": "x", "city": "Казань"}]) == (0, 1, 0, 0)
    assert await pool.fetchval("select city from directory_contacts") == "Казань"


async def test_older_version_is_ignored_and_absent_fields_stay(pool: Pool) -> None:
    await counts(pool, "deals", [{"external_id": "d", "version": "5", "title": "Автобус", "amount": "100"}])
    assert await counts(pool, "deals", [{"external_id": "d", "version": "4", "amount": "1"}]) == (0, 0, 1, 0)
    assert await counts(pool, "deals", [{"external_id": "d", "version": "6", "amount": "200"}]) == (0, 1, 0, 0)

    row = await pool.fetchrow("select title, amount, stage, version from deals")
    assert row is not None
    assert tuple(row) == ("Автобус", 200, "new", 6)


async def test_references_by_id_tax_id_number_and_name(pool: Pool) -> None:
    person, contact = uuid4(), uuid4()
    await pool.execute("insert into people (id, name, extension) values ($1, 'Орлова Анна', '117')", person)
    await pool.execute("insert into contacts (id, name) values ($1, 'Пётр')", contact)
    await pool.execute("insert into contact_phones values ('+79161234567', $1)", contact)
    await counts(pool, "companies", [{"external_id": "c1", "name": "Вектор", "tax_id": "7701234567"}], "crm")
    record = {"external_id": "d", "company": "7701234567", "contact": "+79161234567", "responsible": "орлова анна"}

    assert await counts(pool, "deals", [record]) == (1, 0, 0, 0)

    row = await pool.fetchrow(
        "select c.name, d.contact_id, d.responsible_id from deals d join companies c on c.id = d.company_id"
    )
    assert row is not None
    assert tuple(row) == ("Вектор", contact, person)


async def test_unknown_reference_is_reported_and_the_rest_goes_in(pool: Pool) -> None:
    report = await import_records(pool, [{"external_id": "d", "company": "nobody"}], ENTITIES["deals"], "1c")

    assert (report.added, report.refused) == (1, 0)
    assert [(p.field, p.message) for p in report.problems] == [("company", "nobody knows 'nobody'")]


async def test_debts_are_summed_and_a_whole_list_settles_the_rest(pool: Pool, tmp_path: Path) -> None:
    await counts(pool, "companies", [{"external_id": "a", "name": "A"}, {"external_id": "b", "name": "B"}])
    file = tmp_path / "debts.csv"
    file.write_text("код;контрагент;сумма;просрочено\n1;a;1 000,50;500\n2;a;200;200\n3;b;70;70\n", encoding="cp1251")
    await import_file(pool, file, ENTITIES["debts"], "1c", whole=True)
    assert await overdue(pool) == {"A": 700, "B": 70}
    file.write_text("код;контрагент;сумма;просрочено\n2;b;200;150\n", encoding="cp1251")

    report = await import_file(pool, file, ENTITIES["debts"], "1c", whole=True)

    assert (report.changed, report.removed) == (1, 2)
    assert await overdue(pool) == {"A": 0, "B": 150}


async def overdue(pool: Pool) -> dict[str, int]:
    return {row["name"]: int(row["overdue"]) for row in await pool.fetch("select name, overdue from companies")}


async def test_xlsx_with_dates_and_percentages(pool: Pool, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["Код", "Номер", "Сумма", "Оплачено %", "Отсрочка до", "Лишнее"])
    sheet.append(["o1", "ЗК-17", 120000, 35, "31.12.2026", "?"])
    sheet.append(["", "ЗК-18", 1, 1, "", ""])
    sheet.append(["o3", "ЗК-19", "много", 101, "завтра", ""])
    workbook.save(tmp_path / "orders.xlsx")

    report = await import_file(pool, tmp_path / "orders.xlsx", ENTITIES["orders"], "1c")

    assert (report.added, report.refused, report.ignored_columns) == (2, 1, ("Лишнее",))
    assert {(p.line, p.field) for p in report.problems} == {
        (3, "external_id"),
        (4, "amount"),
        (4, "paid_percent"),
        (4, "deferred_until"),
    }
    row = await pool.fetchrow("select paid_percent, deferred_until::text from orders where external_id = 'o1'")
    assert row is not None
    assert tuple(row) == (35, "2026-12-31")


async def test_a_document_is_a_web_address_from_a_file_and_by_name(pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text(
        "код;номер;ссылка\n1;С-1;https://1c.example.ru/doc?id=17&x=ж\n2;С-2;javascript:alert(1)\n", encoding="cp1251"
    )

    report = await import_file(pool, file, ENTITIES["invoices"], "1c")

    assert (report.added, report.refused) == (2, 0)
    assert [(p.line, p.field) for p in report.problems] == [(3, "document_url")]
    assert "must be an http or https address" in report.problems[0].message
    kept = {row["number"]: row["document_url"] for row in await pool.fetch("select number, document_url from invoices")}
    assert kept == {"С-1": "https://1c.example.ru/doc?id=17&x=ж", "С-2": None}
    for entity in ("deals", "orders"):
        assert await counts(pool, entity, [{"external_id": "d", "document_url": "http://crm/d/1"}]) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "//host/path",
        "/doc/17",
        "https://",
        "https://user:secret@host/",
        "https://host:port/",
        "https://[host/",
        "https://ho st/",
        "java\tscript:alert(1)",
        "https://host/\u202efdp",
        'https://host/"onclick="x',
        "https:\\\\host\\x",
        "https://host/" + "x" * 1000,
    ],
)
def test_no_document_is_anything_but_a_web_address(url: str) -> None:
    problems: list[RowProblem] = []

    row = read_row(ENTITIES["orders"], {"external_id": "o", "document_url": url}, 7, problems)

    assert row is not None
    assert "document_url" not in row.values
    assert [(problem.line, problem.field, problem.refused) for problem in problems] == [(7, "document_url", False)]


async def test_last_of_equal_ids_counts(pool: Pool) -> None:
    records = [{"external_id": "d", "title": "old"}, {"external_id": "d", "title": "new"}]
    report = await import_records(pool, records, ENTITIES["deals"], "crm")

    assert report.added == 1
    assert await pool.fetchval("select title from deals") == "new"
    assert "comes again in 2" in report.problems[0].message


async def test_file_without_the_needed_columns_is_refused(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("что,сколько\na,1\n", encoding="utf-8")

    with pytest.raises(InvalidInput, match="no column for external_id"):
        await import_file(pool, tmp_path / "f.csv", ENTITIES["payments"], "1c")
    with pytest.raises(InvalidInput, match="source"):
        await import_file(pool, tmp_path / "f.csv", ENTITIES["payments"], "")


async def test_what_a_crm_fills_is_no_source_of_imports(pool: Pool) -> None:
    """Its next sweep would take out what it does not know."""
    with pytest.raises(InvalidInput, match="CRMs fill"):
        await counts(pool, "companies", [{"external_id": "1", "name": "x"}], " bitrix24:a.bitrix24.ru")
    assert await pool.fetchval("select count(*) from companies") == 0
