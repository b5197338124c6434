"""Files that come by browser: the bar, the result, the report of bad lines, and what becomes of an interruption."""

import re
import time
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from tests.contacts.importing import CONTACTS, finished, let_in, sent
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.web.composed import text_of, upload
from trunkline.contacts.beating import beating
from trunkline.contacts.imports import ImportOptions, Progress
from trunkline.contacts.problem_words import defused, said
from trunkline.contacts.rows import _WRONG_NUMBER
from trunkline.contacts.running import import_room_key
from trunkline.contacts.runs import Kind, start_run
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.roles import Role


async def test_a_file_of_contacts_goes_in_but_for_its_bad_lines(browser: Browser, pool: Pool, data_dir: Path) -> None:
    run = await sent(browser, "/contacts/import", CONTACTS, source="crm")
    await finished(browser, run)
    text = await let_in(browser, run)
    assert [row["name"] for row in await pool.fetch("select name from contacts order by name")] == ["Иванов", "Сидоров"]
    assert "is a short number" in text
    assert "taken as unknown" in text
    whole = await text_of(browser, run, language="ru")
    assert "короткий номер" in whole
    answer = await browser.get(f"{run}/problems.csv", headers={"Accept-Language": "ru"})
    lines = (await answer.read()).decode("utf-8-sig").splitlines()
    assert answer.content_type == "text/csv"
    assert lines[0] == '"строка файла","столбец","что не так","не принята"'
    assert [line.split(",")[0] for line in lines[1:]] == ['"3"', '"4"']
    assert lines[1].endswith('"да"')
    assert "list.csv" in await text_of(browser, "/contacts/import")
    assert [path.suffix for path in (data_dir / "imports").iterdir()] == [".csv"]
    assert await pool.fetchval("select action from audit where object_kind = 'import'") == "contacts.imported"


async def test_the_same_file_twice_changes_nothing(browser: Browser, pool: Pool) -> None:
    for words in ("Let it in", "There is nothing to do"):
        run = await sent(browser, "/contacts/import", CONTACTS, source="crm")
        assert words in await finished(browser, run)
        await let_in(browser, run)
    rows = await pool.fetch("select added, unchanged, refused, dry_run from imports order by started_at")
    assert [tuple(row) for row in rows] == [(2, 0, 1, False), (0, 2, 1, False)]


async def test_a_spam_list_is_shown_let_in_and_taken_back(browser: Browser, pool: Pool) -> None:
    count = "select count(*) from spam_numbers where source = 'list'"
    run = await sent(browser, "/spam/import", b"phone;votes\n+74951234567;4\n+7495123*;2\n0;1\n", source="list")
    text = (await finished(browser, run)).replace("\xa0", " ")
    assert ("+7 495 123-45-67" in text, "+7495123*" in text, "What would change" in text) == (True, True, True)
    assert await pool.fetchval(count) == 0

    assert "What changed" in await let_in(browser, run)
    assert await pool.fetchval(count) == 1
    again = await sent(browser, "/spam/import", b"phone;votes\n+74951234567;9\n", source="list", replace="yes")
    text = await finished(browser, again)
    assert ("Taken off the list" in text, "+7495123*" in text) == (True, True)
    await let_in(browser, again)
    for one in (again, run):
        assert (await browser.send(f"{one}/undo", {}, page=one)).status == 303
        assert "Undone" in await finished(browser, one)
    assert await pool.fetchval(count) == 0
    deeds = [row["action"] for row in await pool.fetch("select action from audit where object_kind = 'import'")]
    assert sorted(deeds) == ["spam.import_undone"] * 2 + ["spam.imported"] * 2
    await text_of(browser, f"{run}/columns", 404)
    await text_of(browser, run.replace("/spam/", "/contacts/"), 404)


async def test_a_spam_list_that_moved_is_shown_again(browser: Browser, pool: Pool) -> None:
    run = await sent(browser, "/spam/import", b"+74951234567\n+74951234568\n", source="list")
    await finished(browser, run)
    await pool.execute("insert into spam_numbers (number, source) values ('+74951234567', 'own')")
    assert "the list has changed since you looked" in await let_in(browser, run)
    assert await pool.fetchval("select count(*) from spam_numbers") == 1
    await let_in(browser, run)
    assert await pool.fetchval("select count(*) from spam_numbers") == 2


async def test_what_cannot_be_taken_is_told_beside_its_field(browser: Browser, pool: Pool, data_dir: Path) -> None:
    for content, fields, words in [
        (b"", {}, "choose a file"),
        (b"phone\n", {"source": "x" * 61}, "1 to 60 characters"),
        (b"0" * (1 << 20) + b"0", {}, "larger than 1 MB"),
    ]:
        answer = await upload(browser, "/contacts/import", content, **fields)
        assert (answer.status, words in await answer.text()) == (422, True)
    assert list((data_dir / "imports").iterdir()) == []
    assert await pool.fetchval("select count(*) from imports") == 0


async def test_a_hopeless_file_says_why_nothing_went_in(browser: Browser) -> None:
    run = await sent(browser, "/contacts/import", b"\xd0\xcf\x11\xe0 old workbook")
    assert "save it as .xlsx or .csv" in await finished(browser, run)
    assert "старая книга Excel" in await text_of(browser, run, language="ru")


async def test_a_foreign_page_cannot_send_a_file(browser: Browser, pool: Pool) -> None:
    answer = await browser.post("/contacts/import", data={"file": BytesIO(b"phone\n")}, headers=HTML)
    assert answer.status == 403
    assert await pool.fetchval("select count(*) from imports") == 0


async def test_the_bar_moves_while_a_file_goes_in(browser: Browser, pool: Pool) -> None:
    """What the importer notes is on the page at its next look; tests/contacts/test_imports.py has what it notes."""
    run = uuid7(time.time())
    async with pool.acquire() as connection:
        await start_run(
            connection, run, Kind.CONTACTS, ImportOptions(), file_name="list.csv", person=None, node="another"
        )
    path = f"/contacts/import/{run}"

    async def shows(*words: str) -> bool:
        page = await text_of(browser, path)
        return 'hx-trigger="every 1s"' in page and all(word in page for word in words)

    async with beating(pool, run) as note:
        for done, lines, refused in ((0.25, 350, 2), (0.5, 700, 4)):
            note(Progress(done, lines, refused))
            await eventually(partial(shows, f'value="{done}"', f"{lines} lines so far, {refused} refused"))


async def test_an_interrupted_import_is_told(browser: Browser, pool: Pool) -> None:
    assert browser.app is not None
    run = await sent(browser, "/contacts/import", CONTACTS)
    await browser.app[import_room_key].close()
    assert await pool.fetchval("select state from imports") in {"failed", "previewed"}
    await pool.execute("update imports set state = 'running', seen_at = now() - interval '2 minutes'")
    assert "was interrupted" in await text_of(browser, run)


async def test_who_may_not_import_sees_no_form(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    assert browser.app is not None
    agent = await session_of(pool, browser.app, await add_person("boris", Role.AGENT))
    async with another(browser, agent) as somebody:
        await text_of(somebody, "/contacts/import", 403)
        assert "/contacts/import" not in await text_of(somebody, "/contacts")


@pytest.mark.parametrize("wrong", _WRONG_NUMBER.values())
def test_every_word_about_a_number_is_known(wrong: str) -> None:
    told: list[str] = []

    def say(sentence: str) -> str:
        told.append(sentence)
        return sentence

    assert said(f"'x y' {wrong}", say) == f"'x y' {wrong}"
    assert told
    assert re.search(r"%\(text\)s", told[0])


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+7", "-1+1", "@SUM(1)", "\t=1", "\r=1"])
def test_no_cell_of_a_report_is_a_formula(text: str) -> None:
    assert defused(text) == f"'{text}"
    assert defused(f"Ход {text}") == f"Ход {text}"
