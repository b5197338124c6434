"""The pages of contacts and spam numbers, as they are shipped."""

from uuid import UUID

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.calls.phone import Number
from trunkline.contacts.store import NewContact, put_contact, put_spam
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.people.roles import Role


async def add_contact(pool: Pool, name: str, *numbers: str, **fields: object) -> UUID:
    contact = NewContact(name, [Number(number) for number in numbers], "crm", name, **fields)  # type: ignore[arg-type]
    async with pool.acquire() as connection, connection.transaction():
        return await put_contact(connection, contact)


async def test_contacts_are_found_by_name_and_number(browser: Browser, pool: Pool) -> None:
    assert "No contacts yet" in await text_of(browser, "/contacts")
    await add_contact(pool, "Иванов & Ко, ООО+", "+79161234567", "+74951234567")
    await add_contact(pool, "Петров", "+79261234567")
    for query, found in [
        ("", {"Иванов &amp; Ко, ООО+", "Петров"}),
        ("иван", {"Иванов &amp; Ко, ООО+"}),
        ("8 (916) 123-45-67", {"Иванов &amp; Ко, ООО+"}),
        ("8 (495) 12", {"Иванов &amp; Ко, ООО+"}),
        ("+79261", {"Петров"}),
        ("nobody", set()),
        ("%", set()),
    ]:
        answer = await browser.get("/contacts", params={"q": query}, headers={"Accept": "text/html"})
        text = await answer.text()
        assert {name for name in ("Иванов &amp; Ко, ООО+", "Петров") if name in text} == found, query


async def test_the_list_is_paged(browser: Browser, pool: Pool) -> None:
    for number in range(51):
        await add_contact(pool, f"Иванов {number}", f"+791612345{number:02}")
    first = await text_of(browser, "/contacts?q=иванов")
    assert first.count('class="row-link"') == 50
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await text_of(browser, following)).count('class="row-link"') == 1


async def test_a_contact_is_shown_and_changed(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    contact = await add_contact(pool, "Иванов", "+79161234567", company="ООО «Ромашка»")
    path = f"/contacts/{contact}"
    assert f"?contact={contact}" in await text_of(browser, path), "the way to the card"
    text = await text_of(browser, path)
    assert "+7 916 123-45-67" in text
    assert "ООО «Ромашка»" in text
    assert "Overdue" in text

    fields = {"version": "1", "class": "supplier", "responsible": str(anna), "deputy": "", "vip": "yes"}
    assert (await browser.send(path, fields, page=path)).status == 303
    row = await pool.fetchrow("select class, responsible_id, deputy_id, vip, version from contacts")
    assert row is not None
    assert tuple(row) == (ContactClass.SUPPLIER, anna, None, True, 2)
    late = await browser.send(path, fields, page=path)
    assert (late.status, "changed this contact meanwhile" in await late.text()) == (422, True)
    for change, said in [
        ({"class": "enemy"}, "choose one of the list"),
        ({"responsible": "anna"}, "choose somebody of the list"),
        ({"responsible": str(contact), "version": "2"}, "choose somebody of the list"),
    ]:
        wrong = await browser.send(path, fields | change, page=path)
        assert (wrong.status, said in await wrong.text()) == (422, True), change
    deed = await pool.fetchrow("select before, after from audit where object_kind = 'contact'")
    assert deed is not None
    assert deed["after"] == {"class": "supplier", "responsible": str(anna), "vip": True}
    await text_of(browser, "/contacts/17", 404)
    await text_of(browser, f"/contacts/{anna}", 404)


async def test_debts_are_for_those_who_may_see_money(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    path = f"/contacts/{await add_contact(pool, 'Иванов', '+79161234567')}"
    await pool.execute("update contacts set overdue = 12345")
    assert "12,345" in await text_of(browser, path)
    assert browser.app is not None
    agent = await session_of(pool, browser.app, await add_person("boris", Role.AGENT))
    async with another(browser, agent) as somebody:
        text = await text_of(somebody, path)
        assert ("Overdue" in text, "12,345" in text) == (False, False)


async def test_spam_numbers_come_and_go(browser: Browser, pool: Pool) -> None:
    assert "The list is empty" in await text_of(browser, "/spam")
    await pool.execute("insert into lines (id, number) values (gen_random_uuid(), '+74951112233')")
    assert (await browser.send("/spam", {"number": "8 495 123-45-67", "note": "robot"}, page="/spam")).status == 303
    async with pool.acquire() as connection:
        await put_spam(connection, Number("+79161234567"), source="list", votes=3, note="")
    for number, said in [("12", "must be a full phone number"), ("+74951112233", "is our own number")]:
        wrong = await browser.send("/spam", {"number": number}, page="/spam")
        assert (wrong.status, said in await wrong.text()) == (422, True)
    text = await text_of(browser, "/spam?q=8495")
    assert ("+74951234567" in text, "+79161234567" in text, "robot" in text) == (True, False, True)
    assert (await browser.send("/spam/+74951234567/remove", {}, page="/spam")).status == 303
    assert (await browser.send("/spam/+74951234567/remove", {}, page="/spam")).status == 404
    rows = await pool.fetch("select action from audit where object_kind = 'spam' order by id")
    assert [row["action"] for row in rows] == ["spam.added", "spam.removed"]
