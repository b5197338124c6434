"""Which lines of a file are one person, and who only may be."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.contacts.columns import CONTACT_FIELDS, recognise
from trunkline.contacts.imports import ImportOptions, import_contacts
from trunkline.contacts.joining import Held, Joiner
from trunkline.contacts.preview import Preview
from trunkline.contacts.rows import Cells, Refused, contact_row

HEADER = ["имя", "телефон", "код", "город", "e-mail", "долг"]
COLUMNS = recognise(HEADER, CONTACT_FIELDS)
N1, N2, N3 = "+79160000001", "+79160000002", "+79160000003"


def joined(*rows: tuple[str, ...]) -> tuple[list[tuple[Any, ...]], list[tuple[int, str]]]:
    """The contacts that come of rows, and what is told of lines."""
    joiner, told = Joiner({}), []
    for line, cells in enumerate(rows, start=2):
        padded = [*cells, *[""] * (len(HEADER) - len(cells))]
        row = contact_row(Cells(COLUMNS, padded), {})
        try:
            told += joiner.add(Held(line, row, bool(padded[2])))[1]
        except Refused as refused:
            told.append((line, str(refused)))
    return [(one.row.name, *one.row.phones) for one in joiner.take()], told


CASES: dict[str, tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[tuple[int, str]]]] = {
    "name and number": (
        [("Иван", N1), ("Иван", f"{N1}; {N2}")], [("Иван", N1, N2)], [(3, "is the person of line 2: joined with it")],
    ),
    "the name written otherwise": (
        [("Пётр Иванов", N1), ("ИВАНОВ, Петр", f"{N2}, {N1}")], [("Пётр Иванов", N1, N2)],
        [(3, "is the person of line 2: joined with it")],
    ),
    "a number alone": (
        [("Иван", N1), ("Мария", N1)], [("Иван", N1), ("Мария", N1)],
        [(3, "has the number of line 2 under another name: not joined; the same person?")],
    ),
    "a name alone": ([("Иван", N1), ("Иван", N2)], [("Иван", N1), ("Иван", N2)], []),
    "a third that joins two": (
        [("Иван", N1), ("Иван", N2), ("Иван", f"{N2}; {N1}")], [("Иван", N1, N2)],
        [(3, "is the person of line 2: joined with it"), (4, "is the person of line 2: joined with it")],
    ),
    "one code": (
        [("Иван", N1, "K1"), ("Иван", N2, "K1")], [("Иван", N1, N2)], [(3, "is the person of line 2: joined with it")],
    ),
    "one code, two names": (
        [("Иван", N1, "K1"), ("Мария", N2, "K1")], [("Иван", N1)], [(3, "repeats the contact of line 2")],
    ),
    "two codes": (
        [("Иван", N1, "K1"), ("Иван", N1, "K2")], [("Иван", N1), ("Иван", N1)],
        [(3, "has the name and number of line 2 under another code: not joined; the same person?")],
    ),
    "a code and none": (
        [("Иван", N1, "K1"), ("Иван", N1)], [("Иван", N1)], [(3, "is the person of line 2: joined with it")],
    ),
    "e-mail": (
        [("Иван", N1, "", "", "a@b.ru"), ("Вера", N2, "", "", "A@b.ru")], [("Иван", N1), ("Вера", N2)],
        [(3, "has the e-mail of line 2: not joined; the same person?")],
    ),
    "what both know": (
        [("Иван", N1, "", "Тверь", "", "5"), ("Иван", N1, "", "Казань", "", "7")], [("Иван", N1)],
        [
            (3, "is the person of line 2: joined with it"),
            (3, "has another overdue, city than line 2, which counts"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_is_one_and_who_may_be(case: str) -> None:
    rows, contacts, told = CASES[case]
    assert joined(*rows) == (contacts, told)


NAMES = st.sampled_from(["Иван", "иван", "Мария", "Пётр"])
PHONES = st.lists(st.sampled_from([N1, N2, N3, "+79160000004"]), min_size=1, max_size=3, unique=True)


@given(st.lists(st.tuples(NAMES, PHONES), max_size=12), st.randoms(use_true_random=False))
def test_nobody_is_lost_and_the_order_of_lines_joins_nobody_else(
    rows: list[tuple[str, list[str]]], chance: Any
) -> None:
    def people(some: list[tuple[str, list[str]]]) -> set[tuple[str, frozenset[str]]]:
        found, _told = joined(*[(name, ";".join(phones)) for name, phones in some])
        return {(name.casefold(), frozenset(phones)) for name, *phones in found}

    found = people(rows)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert people(shuffled) == found
    for name, phones in rows:
        assert any(name.casefold() == one and set(phones) <= numbers for one, numbers in found)
    pairs = [(name, number) for name, numbers in found for number in numbers]
    assert len(pairs) == len(set(pairs))


async def test_a_file_without_codes_joins_them_again_and_again(pool: asyncpg.Pool, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    text = f"имя;телефон;город\nИван;{N1};\nМария;{N3};\nИван;{N2},{N1};Тверь\n"
    path.write_text(text, encoding="utf-8")
    for _ in range(2):
        report = await import_contacts(pool, path, ImportOptions())
        assert (report.joined, report.refused, report.rows) == (1, 0, 2)
    rows = await pool.fetch("""
        select c.name, c.city, array_agg(p.number order by p.number) as numbers
        from contacts c join contact_phones p on p.contact_id = c.id group by c.id order by 1
    """)
    assert [tuple(row) for row in rows] == [("Иван", "Тверь", [N1, N2]), ("Мария", "", [N3])]
    assert report.stored.unchanged == 2


async def test_a_dry_run_tells_whose_number_somebody_has_already(pool: asyncpg.Pool, tmp_path: Path) -> None:
    await pool.execute(
        "with one as (insert into contacts (id, name, source, external_id)"
        " values (gen_random_uuid(), 'Вера', 'crm', '1') returning id)"
        " insert into contact_phones (number, contact_id) select $1, id from one", N1
    )  # fmt: skip
    path, problems = tmp_path / "contacts.csv", tmp_path / "problems.csv"
    path.write_text(f"имя;телефон\nИван;{N1}\nМария;{N2}\n", encoding="utf-8")
    report = await import_contacts(pool, path, ImportOptions(dry_run=True, report_path=problems))
    assert [(one.line, one.message, one.refused) for one in report.problems] == [
        (2, "has the number of 'Вера' of the source crm: both are kept; the same person?", False)
    ]
    assert (report.refused, report.rows) == (0, 2)
    assert isinstance(report.preview, Preview)
    assert "Вера" in problems.read_text(encoding="utf-8-sig")
    assert await pool.fetchval("select count(*) from contacts") == 1
