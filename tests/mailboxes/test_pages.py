"""`/settings/mailboxes`, and a letter on its lead's page."""

from uuid import UUID

from tests.fakes.imap_server import FakeImap
from tests.leads.test_pages import act
from tests.mailboxes.letters import IVAN, letter
from tests.mailboxes.post import add_mailbox, leads, visit
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool

PAGE = "/settings/mailboxes"
FIELDS = {
    "name": "Sales", "host": "imap.example.com", "port": "993", "tls": "on", "login": "sales@ours.example",
    "secret": "s3cret word", "folder": "INBOX", "direction": "Windows", "department_id": "", "active": "on",
    "ignored": "@bank.example\nBills@provider.example",
}  # fmt: skip


async def saved(pool: Pool) -> UUID:
    found: UUID = await pool.fetchval("select id from mailboxes")
    return found


async def numbers(pool: Pool) -> tuple[int | None, int]:
    (row,) = await pool.fetch("select uidvalidity, uid from mailboxes")
    return row["uidvalidity"], row["uid"]


async def test_a_mailbox_is_set_up(browser: Browser, pool: Pool) -> None:
    assert "No mailbox is read" in await text_of(browser, PAGE)
    answer = await browser.send(PAGE, FIELDS, page=PAGE)
    assert answer.status == 303

    identifier = await saved(pool)
    text = await text_of(browser, f"{PAGE}/{identifier}")
    assert "bills@provider.example" in text
    assert "s3cret" not in text
    (row,) = await pool.fetch("select * from mailboxes")
    assert row["ignored"] == ["@bank.example", "bills@provider.example"]
    assert b"s3cret" not in row["secret"]
    told = await pool.fetchval("select after::text from audit where action = 'mailbox.saved'")
    assert "s3cret" not in told
    assert "imap.example.com" in await pool.fetchval(
        "select after ->> 'host' from audit where action = 'mailbox.saved'"
    )


async def test_mistakes_stand_beside_their_fields(browser: Browser, pool: Pool) -> None:
    wrong = {"host": "no host", "port": "99999", "tls": "", "secret": "", "ignored": "nobody", "name": ""}
    answer = await browser.send(PAGE, FIELDS | wrong, page=PAGE)
    text = await answer.text()

    assert answer.status == 422
    for field in ("IMAP server", "Port", "TLS", "Password", "Ignored senders", "Name"):
        assert f"{field}: " in text
    assert await pool.fetchval("select count(*) from mailboxes") == 0


async def test_the_password_goes_to_no_other_server(browser: Browser, pool: Pool) -> None:
    """Who may change settings does not know it; it is asked for again where another server is named."""
    await browser.send(PAGE, FIELDS, page=PAGE)
    page = f"{PAGE}/{await saved(pool)}"
    stays = await browser.send(page, FIELDS | {"secret": "", "direction": "Doors"}, page=page)
    moved = await browser.send(page, FIELDS | {"secret": "", "host": "evil.example.com"}, page=page)

    assert (stays.status, moved.status) == (303, 422)
    assert await pool.fetchval("select host from mailboxes") == "imap.example.com"


async def test_another_folder_is_read_from_now_on(browser: Browser, pool: Pool) -> None:
    await browser.send(PAGE, FIELDS, page=PAGE)
    await pool.execute("update mailboxes set uidvalidity = 5, uid = 7")
    page = f"{PAGE}/{await saved(pool)}"
    await browser.send(page, FIELDS | {"secret": "", "name": "Renamed"}, page=page)
    assert await numbers(pool) == (5, 7)
    await browser.send(page, FIELDS | {"folder": "Leads"}, page=page)

    assert await numbers(pool) == (None, 0)


async def test_it_is_removed_and_its_leads_stay(browser: Browser, pool: Pool, mailbox: FakeImap) -> None:
    mailbox.inbox.put(letter())
    await visit(pool)
    page = f"{PAGE}/{await saved(pool)}"
    await browser.send(f"{page}/remove", {}, page=page)

    assert await pool.fetchval("select count(*) from mailboxes") == 0
    assert len(await leads(pool)) == 1


async def test_a_letter_is_shown_on_the_page_of_its_lead(browser: Browser, pool: Pool, imap: FakeImap) -> None:
    await add_mailbox(pool, imap)
    await visit(pool)
    imap.inbox.put(letter("<script>alert(1)</script>\nвторая строка", subject="Цена <b>окна</b>?"))
    await visit(pool)
    (lead,) = await leads(pool)

    shown, listed = await text_of(browser, f"/leads/{lead['id']}"), await text_of(browser, "/leads")
    assert "&lt;script&gt;alert(1)" in shown
    assert "Цена &lt;b&gt;окна&lt;/b&gt;?" in shown
    assert "вторая строка" in shown
    assert IVAN in shown
    assert IVAN in listed
    assert "tel:" not in shown
    assert "opened a lead" in await text_of(browser, f"{PAGE}/{await saved(pool)}")
    taken = await act(browser, lead["id"], "take")
    assert taken.status == 303
    assert await pool.fetchval("select taken_at is not null from lead_clocks")
    found = await browser.get(f"/api/v1/leads/{lead['id']}")
    assert ((await found.json())["lead"]["phone"], (await found.json())["lead"]["email"]) == ("", IVAN)
