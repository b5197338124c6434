"""`/settings/chats`: addresses are made, changed and taken away."""

from uuid import UUID

from tests.chats.test_chat2desk import apply, nameless
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool

PAGE = "/settings/chats"
FIELDS = {"name": "Windows & Co", "direction": "Windows", "department_id": "", "active": "on"}


async def id_of(pool: Pool) -> UUID:
    found: UUID = await pool.fetchval("select id from chat_inboxes")
    return found


async def test_an_address_is_made_changed_and_removed(browser: Browser, pool: Pool) -> None:
    assert "No chat is heard" in await text_of(browser, PAGE)
    assert (await browser.send(PAGE, FIELDS, page=PAGE)).status == 303
    inbox = await id_of(pool)
    text = await text_of(browser, PAGE)
    assert "Windows &amp; Co" in text
    assert f"/chats/chat2desk/{inbox}/" in text or "server.sites_url" in text

    changed = await browser.send(f"{PAGE}/{inbox}", FIELDS | {"direction": "Doors", "active": ""}, page=PAGE)
    assert changed.status == 303
    (row,) = await pool.fetch("select direction, active from chat_inboxes")
    assert tuple(row) == ("Doors", False)
    await browser.send(f"{PAGE}/{inbox}/remove", {}, page=PAGE)
    assert await pool.fetchval("select count(*) from chat_inboxes") == 0
    deeds = await pool.fetch("select action from audit where object_kind = 'chat_inbox' order by id")
    assert [deed["action"] for deed in deeds] == ["chat_inbox.saved", "chat_inbox.saved", "chat_inbox.removed"]


async def test_mistakes_stand_beside_their_fields(browser: Browser, pool: Pool) -> None:
    await browser.send(PAGE, FIELDS, page=PAGE)
    for wrong in (FIELDS, FIELDS | {"name": ""}, FIELDS | {"name": "Other", "direction": "x" * 101}):
        answer = await browser.send(PAGE, wrong, page=PAGE)
        assert answer.status == 422
        assert "Name: " in await answer.text() or "Brand: " in await answer.text()
    assert await pool.fetchval("select count(*) from chat_inboxes") == 1


async def test_who_has_neither_telephone_nor_address_has_a_page(browser: Browser, pool: Pool) -> None:
    await pool.execute(
        "insert into chat_inboxes (id, kind, name, direction) values ($1, 'chat2desk', 'Chats', 'Windows')", UUID(int=7)
    )
    await apply(pool, nameless(1, "Сколько стоят <i>окна</i>?\nНужно завтра"))
    (lead,) = await pool.fetch("select id from leads")

    shown = await text_of(browser, f"/leads/{lead['id']}")
    assert "Сколько стоят окна?" in shown
    assert "Нужно завтра" in shown
    assert "Chats · Пётр" in await text_of(browser, "/leads")
    taken = await browser.send(f"/leads/{lead['id']}/take", {}, page=f"/leads/{lead['id']}")
    assert taken.status == 303
    assert await pool.fetchval("select taken_at is not null from lead_clocks")
