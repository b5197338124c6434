"""A file of contacts as a person decides on it: its columns, what it would change, letting it in, taking it back."""

import re
from pathlib import Path

import pytest

from tests.contacts.importing import CONTACTS, finished, let_in, sent
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.contacts.running import import_room_key
from trunkline.db.types import Pool

FOREIGN = """ФИО сотрудника;Раб. тел.;Эл. адрес;Дата рождения
Иванов Пётр;8 (916) 123-45-67, доб. 12;ivanov@example.ru;01.02.1980
Петрова Анна;7,9161234570E+10;petrova@example.ru;03.04.1981
""".encode("cp1251")
NEXT = """external_id;Имя;Телефон;Класс
K1;Иванов;8 (916) 123-45-67, +74951234567;поставщик
K4;Новый;+79160000004;клиент
""".encode()


async def names(pool: Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch("select name from contacts_shown order by name")]


async def test_a_file_with_headings_we_do_not_know_is_asked_about(browser: Browser, pool: Pool) -> None:
    run = await sent(browser, "/contacts/import", FOREIGN)
    text = await finished(browser, run)
    assert "Раб. тел." in text
    assert "ivanov@example.ru" in text
    assert re.findall(r'<option value="(\w+)" selected>', text) == ["name", "phone", "email"]
    assert await names(pool) == []

    said = {"header": "yes", "column-0": "name", "column-1": "phone", "column-2": "", "column-3": "note"}
    answer = await browser.send(f"{run}/columns", said, page=run)
    assert (answer.status, answer.headers["Location"]) == (303, run)
    text = await finished(browser, run)
    assert "Раб. тел. → Number" in text
    assert "Эл. адрес" in text, "told as not used"
    assert await names(pool) == []
    await let_in(browser, run)
    rows = await pool.fetch("select name, note, email, phones from contacts_shown order by name")
    assert [tuple(row) for row in rows] == [
        ("Иванов Пётр", "01.02.1980", None, ["+79161234567"]),
        ("Петрова Анна", "03.04.1981", None, ["+79161234570"]),
    ]

    again = await sent(browser, "/contacts/import", FOREIGN)
    text = await finished(browser, again)
    assert "There is nothing to do." in text, "the columns are known by now, and the file too"
    assert "Дата рождения → Note" in text
    assert re.findall(r'<option value="(\w+)" selected>', await text_of(browser, f"{again}/columns")) == [
        "name", "phone", "note",
    ]  # fmt: skip


async def test_a_file_without_headings_is_asked_about_every_time(browser: Browser, pool: Pool) -> None:
    for _ in range(2):
        run = await sent(browser, "/contacts/import", "Иванов;8 916 123-45-67\nПетров;84951234567\n".encode())
        text = await finished(browser, run)
        assert re.findall(r'<option value="(\w+)" selected>', text) == ["name", "phone"]
        assert 'name="header" value="yes">' in text
        await browser.send(f"{run}/columns", {"column-0": "name", "column-1": "phone"}, page=run)
        await finished(browser, run)
        await let_in(browser, run)
    assert await names(pool) == ["Иванов", "Петров"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"column-0": "name"}, "no column is the number"),
        ({"column-1": "phone"}, "no column is the name or the company"),
        ({"column-0": "name", "column-1": "phone", "column-2": "name"}, "two columns are Name"),
        ({"column-0": "nonsense", "column-1": "phone"}, "no column is the name"),
    ],
)
async def test_columns_that_are_not_enough_are_told(browser: Browser, said: dict[str, str], words: str) -> None:
    run = await sent(browser, "/contacts/import", FOREIGN)
    await finished(browser, run)
    answer = await browser.send(f"{run}/columns", {"header": "yes"} | said, page=run)
    assert answer.status == 422
    assert words in await answer.text()


async def test_changes_are_shown_side_by_side_before_they_go_in(browser: Browser, pool: Pool) -> None:
    first = await sent(browser, "/contacts/import", CONTACTS, source="crm")
    await finished(browser, first)
    await let_in(browser, first)
    run = await sent(browser, "/contacts/import", NEXT, source="crm", replace="yes")
    text = re.sub(r"\s+", " ", await finished(browser, run))
    assert "Новый" in text
    assert "Сидоров" in text, "it would be taken out"
    assert "client" in text
    assert "supplier" in text
    assert "+7 495 123-45-67" in text.replace("\xa0", " ")
    assert await names(pool) == ["Иванов", "Сидоров"]
    assert "What changed" in await let_in(browser, run)
    assert await names(pool) == ["Иванов", "Новый"]
    assert await pool.fetchval("select preview from imports where id = $1", run.rpartition("/")[2]) is None
    deeds = await pool.fetch("select action from audit where object_kind = 'import'")
    assert [deed["action"] for deed in deeds] == ["contacts.imported"] * 2


async def test_what_was_given_up_leaves_nothing(browser: Browser, pool: Pool, data_dir: Path) -> None:
    run = await sent(browser, "/contacts/import", CONTACTS.replace(b"12;", b"+79161234568;"), source="crm")
    await finished(browser, run)
    answer = await browser.send(f"{run}/cancel", {}, page=run)
    assert answer.headers["Location"] == "/contacts/import"
    assert not list((data_dir / "imports").glob("*.upload"))
    assert "Nothing went in" in await text_of(browser, run)
    await browser.send(f"{run}/commit", {"fingerprint": "1"}, page="/contacts/import")
    assert await names(pool) == []
    assert await pool.fetchval("select count(*) from audit where object_kind = 'import'") == 0


async def test_contacts_that_moved_are_shown_again(browser: Browser, pool: Pool) -> None:
    first = await sent(browser, "/contacts/import", CONTACTS, source="crm")
    await finished(browser, first)
    await let_in(browser, first)
    run = await sent(browser, "/contacts/import", NEXT, source="crm")
    await finished(browser, run)
    await pool.execute("update contacts set class = 'partner', version = version + 1 where name = 'Иванов'")
    text = await let_in(browser, run)
    assert "contacts have changed since you looked" in text
    assert "partner" in text
    assert await names(pool) == ["Иванов", "Сидоров"]
    assert "What changed" in await let_in(browser, run)
    assert await names(pool) == ["Иванов", "Новый", "Сидоров"]


async def test_only_what_was_seen_goes_in(browser: Browser, pool: Pool) -> None:
    assert browser.app is not None
    run = await sent(browser, "/contacts/import", CONTACTS)
    await finished(browser, run)
    await browser.send(f"{run}/commit", {"fingerprint": "12345"}, page=run)
    assert await names(pool) == []
    room = browser.app[import_room_key]
    path = next(room.folder.glob("*.upload"))
    path.write_bytes(CONTACTS + "K9;Чужой;+79160000009;\n".encode())
    assert "is not the one that was shown" in await let_in(browser, run)
    assert await names(pool) == []


async def test_a_file_on_another_machine_says_where(browser: Browser, pool: Pool, data_dir: Path) -> None:
    run = await sent(browser, "/contacts/import", CONTACTS)
    shown = re.search(r'name="fingerprint" value="(-?\d+)"', await finished(browser, run))
    assert shown is not None
    next((data_dir / "imports").glob("*.upload")).unlink()
    await pool.execute("update imports set node = 'elsewhere'")
    answer = await browser.send(f"{run}/commit", {"fingerprint": shown.group(1)}, page=run)
    assert answer.status == 409
    assert "lies on elsewhere" in await answer.text()


async def test_an_import_is_undone_from_its_page(browser: Browser, pool: Pool) -> None:
    first = await sent(browser, "/contacts/import", CONTACTS, source="crm")
    await finished(browser, first)
    await let_in(browser, first)
    run = await sent(browser, "/contacts/import", NEXT, source="crm", replace="yes")
    await finished(browser, run)
    assert "Undo this import" in await let_in(browser, run)
    await pool.execute("update contacts set vip = true, version = version + 1 where name = 'Новый'")
    await browser.send(f"{run}/undo", {}, page=run)
    text = await finished(browser, run)
    assert "Left as they are" in text
    assert "Новый" in text
    assert "Undo this import" not in text
    figures = await pool.fetchrow("select rows, added, changed, removed from imports where undo = 'undone'")
    assert tuple(figures or ()) == (2, 1, 1, 1), "what it did is still told"
    assert await names(pool) == ["Иванов", "Новый", "Сидоров"]
    again = await browser.send(f"{run}/undo", {}, page="/contacts/import")
    assert again.status == 303
    assert "undone" in await text_of(browser, "/contacts/import")
    assert await pool.fetchval("select count(*) from audit where action = 'contacts.import_undone'") == 1


async def test_a_foreign_page_decides_nothing(browser: Browser, pool: Pool) -> None:
    run = await sent(browser, "/contacts/import", CONTACTS)
    await finished(browser, run)
    for what in ("columns", "commit", "cancel", "undo"):
        answer = await browser.post(f"{run}/{what}", data={"csrf": "0" * 32}, headers={"Accept": "text/html"})
        assert answer.status == 403
    assert await pool.fetchval("select state from imports") == "previewed"
