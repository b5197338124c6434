"""An import undone: everything is as before, but what somebody has changed since."""

from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.people.company import NOW
from trunkline.calls.phone import Number
from trunkline.contacts import imports
from trunkline.contacts.imports import ImportOptions
from trunkline.contacts.parsing import parse_file
from trunkline.contacts.runs import IMPORT, Kind, prune_runs, start_run
from trunkline.contacts.store import (
    ContactChange,
    NewContact,
    change_contact,
    delete_contact,
    delete_spam,
    put_contact,
    put_spam,
)
from trunkline.contacts.undo import KEPT_OF_A_SOURCE, Undone, let_go, undo_import
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput, NotFound
from trunkline.people.audit import Actor

ACTOR = Actor(None, "test", "test")
_STATE = """
select c.external_id, c.name, co.name as company, c.class, c.responsible_id, c.vip, c.overdue, c.email, c.note,
       c.city, array(select p.number from contact_phones p where p.contact_id = c.id order by p.number) as phones
from contacts c left join companies co on co.id = c.company_id where c.deleted_at is null order by c.external_id
"""


async def state(pool: Pool) -> dict[str, tuple[Any, ...]]:
    """Every contact that is there, by its code."""
    return {row["external_id"]: tuple(row) for row in await pool.fetch(_STATE)}


async def brought_in(
    pool: Pool, folder: Path, text: str, *, source: str = "crm", replace: bool = False, kind: Kind = Kind.CONTACTS
) -> UUID:
    """A file that went in, as one that can be undone."""
    path = folder / f"{uuid4()}.csv"
    path.write_text(text, encoding="utf-8")
    run = uuid4()
    options = ImportOptions(source, replace, run=run)
    async with pool.acquire() as connection:
        await start_run(connection, run, kind, options, file_name="f.csv", person=None, node="n")
    await IMPORT[kind](pool, path, options)
    await pool.execute("update imports set state = 'done' where id = $1", run)
    return run


async def undone(pool: Pool, run: UUID) -> Undone:
    """Taken back."""
    async with pool.acquire() as connection, connection.transaction():
        return await undo_import(connection, run, ACTOR, NOW)


FIRST = """external_id;имя;телефон;компания;класс;vip;долг;почта;заметка;город
K1;Иванов;+79160000001;ООО «А»;клиент;да;100;a@example.ru;старый;Тверь
K2;Петров;+79160000002, +74950000002;;поставщик;;;;;
K3;Сидоров;+79160000003;ООО «Б»;;;;;;Псков
"""
SECOND = """external_id;имя;телефон;компания;класс;vip;долг;почта;заметка;город
K1;Иванов Иван;+79160000011;ООО «В»;партнёр;нет;0;b@example.ru;новый;Казань
K2;Петров;+79160000002;;поставщик;;;;;
K4;Новый;+79160000004;ООО «А»;клиент;;;;;Пермь
"""


async def test_an_import_undone_is_as_if_it_had_not_been(pool: Pool, tmp_path: Path) -> None:
    await brought_in(pool, tmp_path, FIRST)
    before = await state(pool)
    changes = await pool.fetchval("select count(*) from directory_changes")
    run = await brought_in(pool, tmp_path, SECOND, replace=True)
    assert set(await state(pool)) == {"K1", "K2", "K4"}

    done = await undone(pool, run)
    assert (done.restored, done.taken_out, done.left) == (3, 1, [])
    assert await state(pool) == before
    assert await pool.fetchval("select count(*) from directory_changes") > changes, "the directory hears of it"
    assert await pool.fetchval("select count(*) from import_undo where import_id = $1", run) == 0
    deed = await pool.fetchrow("select action, object_id, after from audit where action = 'contacts.import_undone'")
    assert tuple(deed or ()) == (
        "contacts.import_undone",
        str(run),
        {"restored": 3, "taken_out": 1, "left": 0},
    )
    with pytest.raises(InvalidInput, match="undone already"):
        await undone(pool, run)
    assert await state(pool) == before


async def test_an_import_that_changed_nothing_takes_no_place_of_those_kept(pool: Pool, tmp_path: Path) -> None:
    await brought_in(pool, tmp_path, FIRST)
    run = await brought_in(pool, tmp_path, FIRST)
    with pytest.raises(InvalidInput, match="changed nothing"):
        await undone(pool, run)


async def test_what_was_added_leaves_nothing_for_the_next_file(pool: Pool, tmp_path: Path) -> None:
    run = await brought_in(pool, tmp_path, FIRST)
    await undone(pool, run)
    assert await state(pool) == {}
    await brought_in(pool, tmp_path, "external_id;имя;телефон\nK1;Иванов;+79160000001\n")
    assert (await state(pool))["K1"] == (
        "K1", "Иванов", None, "unknown", None, False, 0, None, "", "", ["+79160000001"],
    )  # fmt: skip


async def test_what_others_changed_since_stays_and_is_listed(pool: Pool, tmp_path: Path) -> None:
    await brought_in(pool, tmp_path, FIRST)
    run = await brought_in(pool, tmp_path, SECOND, replace=True)
    async with pool.acquire() as connection:
        for code, version in (("K1", 2), ("K4", 1)):
            contact = await connection.fetchval("select id from contacts where external_id = $1", code)
            change = ContactChange(ContactClass.STAFF, None, None, vip=False)
            assert await change_contact(connection, contact, version, change)
    edited = await state(pool)

    done = await undone(pool, run)
    after = await state(pool)
    assert (done.restored, done.taken_out, done.left_count) == (2, 0, 2)
    assert [(one.name, one.gone) for one in done.left] == [("Иванов Иван", False), ("Новый", False)]
    assert (after["K1"], after["K4"]) == (edited["K1"], edited["K4"])
    assert after["K2"][-1] == ["+74950000002", "+79160000002"]
    assert "K3" in after


async def test_a_debt_the_books_have_changed_since_is_kept(pool: Pool, tmp_path: Path) -> None:
    await brought_in(pool, tmp_path, FIRST)
    run = await brought_in(pool, tmp_path, SECOND)
    await pool.execute("update contacts set overdue = 777 where external_id = 'K1'")
    await undone(pool, run)
    assert (await state(pool))["K1"][6] == 777
    assert (await state(pool))["K1"][1] == "Иванов"


async def test_people_and_companies_that_are_gone_are_left_out(pool: Pool, tmp_path: Path) -> None:
    await pool.execute("insert into people (id, name, extension) values ($1, 'Анна', '101')", UUID(int=7))
    await brought_in(pool, tmp_path, "external_id;имя;телефон;компания;менеджер\nK1;И;+79160000001;А;101\n")
    run = await brought_in(pool, tmp_path, "external_id;имя;телефон;компания;менеджер\nK1;П;+79160000001;Б;\n")
    await pool.execute("delete from people")
    await pool.execute("delete from companies where name = 'А'")
    assert (await undone(pool, run)).restored == 1
    assert (await state(pool))["K1"][:5] == ("K1", "И", None, "unknown", None)


async def test_only_the_last_imports_of_a_source_are_kept(pool: Pool, tmp_path: Path) -> None:
    runs = [
        await brought_in(pool, tmp_path, f"external_id;имя;телефон\nK1;И{n};+79160000001\n")
        for n in range(KEPT_OF_A_SOURCE + 2)
    ]
    await pool.execute("update imports set started_at = now() - interval '31 days' where id = $1", runs[1])
    async with pool.acquire() as connection:
        await let_go(connection)
        await prune_runs(connection)
    kept = await pool.fetch("select id from imports where undo = 'kept'")
    assert {row["id"] for row in kept} == set(runs[2:])
    assert await pool.fetchval("select count(*) from import_undo where import_id = $1", runs[1]) == 0
    with pytest.raises(InvalidInput, match="any more"):
        await undone(pool, runs[1])
    with pytest.raises(NotFound):
        await undone(pool, uuid4())


LISTED = """phone;votes;note
+79160000001;5;old
+79160000002;4;
+79160000003;2;gone with the next file
+7495999*;3;
+7499888*;8;
"""
LISTED_AGAIN = """phone;votes;note
+79160000001;9;new
+79160000002;0;
+79160000004;7;
+7495999*;6;
+7812555*;2;
"""


async def listed(pool: Pool) -> dict[str, tuple[Any, ...]]:
    """Every entry of the spam lists."""
    rows = await pool.fetch(
        "select number, source, votes, note, added_at, seen_at from spam_numbers union all "
        "select prefix || '*', source, votes, '', seen_at, seen_at from spam_ranges where kind = 'prefix'"
    )
    return {row["number"]: tuple(row) for row in rows}


async def test_a_spam_list_undone_is_as_if_it_had_not_been(pool: Pool, tmp_path: Path) -> None:
    await brought_in(pool, tmp_path, LISTED, kind=Kind.SPAM)
    before = await listed(pool)
    run = await brought_in(pool, tmp_path, LISTED_AGAIN, kind=Kind.SPAM, replace=True)
    assert set(await listed(pool)) == {"+79160000001", "+79160000004", "+7495999*", "+7812555*"}

    done = await undone(pool, run)
    assert (done.restored, done.taken_out, done.left) == (5, 2, [])
    assert await listed(pool) == before
    assert await pool.fetchval("select count(*) from spam_import_undo where import_id = $1", run) == 0
    assert await pool.fetchval("select after from audit where action = 'spam.import_undone'") == {
        "restored": 5,
        "taken_out": 2,
        "left": 0,
    }
    with pytest.raises(InvalidInput, match="undone already"):
        await undone(pool, run)


async def test_of_a_spam_list_stays_what_others_changed_since(pool: Pool, tmp_path: Path) -> None:
    await brought_in(pool, tmp_path, LISTED, kind=Kind.SPAM)
    run = await brought_in(pool, tmp_path, LISTED_AGAIN, kind=Kind.SPAM, replace=True)
    async with pool.acquire() as connection:
        await put_spam(connection, Number("+79160000001"), source="api", votes=1, note="by hand")
        await delete_spam(connection, Number("+79160000004"))
        await put_spam(connection, Number("+79160000002"), source="own", votes=3, note="")
    await pool.execute("insert into lines (id, number) values ($1, '+79160000003')", UUID(int=1))

    done = await undone(pool, run)
    after = await listed(pool)
    assert [one.name for one in done.left] == ["+79160000001", "+79160000002", "+79160000003"]
    assert after["+79160000001"][2:4] == (1, "by hand")
    assert after["+79160000002"][1] == "own"
    assert not {"+79160000003", "+79160000004", "+7812555*"} & set(after), "ours by now; taken off by hand; undone"
    assert after["+7495999*"][2] == 3


CODES = ["K1", "K2", "K3", "K4"]
NUMBERS = [f"+7916000000{digit}" for digit in range(4)]
rows = st.dictionaries(
    st.sampled_from(CODES),
    st.tuples(
        st.sampled_from(["А", "Б", "В"]),
        st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3, unique=True),
        st.sampled_from(["", "ООО 1", "ООО 2"]),
        st.sampled_from(["", "да"]),
    ),
    max_size=4,
)
files = st.tuples(rows, st.booleans())
edits = st.lists(
    st.tuples(st.sampled_from(["change", "put", "delete", "import", "import and undo"]), st.sampled_from(CODES), files),
    max_size=4,
)


def _csv(file: dict[str, tuple[str, list[str], str, str]]) -> str:
    lines = [
        f"{code};{name};{','.join(numbers)};{company};{vip}" for code, (name, numbers, company, vip) in file.items()
    ]
    return "\n".join(["external_id;имя;телефон;компания;vip", *lines, ""])


async def _edit(pool: Pool, folder: Path, what: str, code: str, file: Any) -> None:
    if what.startswith("import"):
        run = await brought_in(pool, folder, _csv(file[0]), replace=file[1])
        if what == "import and undo":
            with suppress(InvalidInput):
                await undone(pool, run)
        return
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow("select id, version from contacts where external_id = $1", code)
        if what == "put":
            numbers = [Number(NUMBERS[0]), Number(NUMBERS[3])]
            await put_contact(connection, NewContact("Правка", numbers, "crm", code))
        elif row is not None and what == "delete":
            await delete_contact(connection, row["id"])
        elif row is not None:
            change = ContactChange(ContactClass.STAFF, None, None, vip=True)
            await change_contact(connection, row["id"], row["version"], change)


async def _versions(pool: Pool) -> dict[str, int]:
    rows = await pool.fetch(
        "select external_id, contact_state(version, restored_version, restored_as) as state from contacts"
    )
    return {row["external_id"]: row["state"] for row in rows}


@given(past=st.lists(files, max_size=2), file=files, later=edits)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_undoing_returns_all_but_later_edits(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, past: Any, file: Any, later: Any
) -> None:
    monkeypatch.setattr(imports, "chunks", _parsed_here)
    await pool.execute("truncate contacts, companies, imports, import_undo cascade")
    for one, replace in past:
        await brought_in(pool, tmp_path, _csv(one), replace=replace)
    before = await state(pool)
    run = await brought_in(pool, tmp_path, _csv(file[0]), replace=file[1])
    imported, versions = await state(pool), await _versions(pool)
    for what, code, other in later:
        await _edit(pool, tmp_path, what, code, other)
    last, now = await state(pool), await _versions(pool)
    edited = {code for code in now if now[code] != versions.get(code)}
    assert {code for code in {*imported, *last} if imported.get(code) != last.get(code)} <= edited
    touched = {code for code in {*before, *imported} if before.get(code) != imported.get(code)}

    if await pool.fetchval("select undo from imports where id = $1", run) == "":
        assert not touched
        return
    done = await undone(pool, run)
    after = await state(pool)
    for code in {*before, *imported, *last}:
        assert after.get(code) == (last.get(code) if code in edited else before.get(code)), code
    assert {one.name for one in done.left if not one.gone} <= {contact[1] for contact in last.values()}
    assert done.restored + done.taken_out == len(touched - edited)


async def _parsed_here(task: Any) -> Any:
    """The child's chunks without its process: hundreds of files are imported here."""
    for chunk in parse_file(task):
        yield chunk
