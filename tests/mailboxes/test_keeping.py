"""Letters as touches of leads, in the database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tests.fakes.imap_server import FakeImap
from tests.mailboxes.letters import IVAN, letter
from tests.mailboxes.post import add_mailbox, leads, letters, rules, visit
from tests.missed.told import CLIENT, Heard, tell
from tests.reports.calls import SALES
from trunkline.db.types import Pool

BARE = "Нужны окна"


async def contact(pool: Pool, kind: str = "client", phones: tuple[str, ...] = (), email: str = IVAN) -> UUID:
    identifier = uuid4()
    await pool.execute(
        "insert into contacts (id, name, class, email) values ($1, 'Ivan', $2, $3)", identifier, kind, email.title()
    )
    for phone in phones:
        await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", phone, identifier)
    return identifier


async def test_a_letter_opens_a_lead(pool: Pool, imap: FakeImap) -> None:
    department = uuid4()
    await pool.execute("insert into departments (id, slug, name) values ($1, 's', 'S')", department)
    await pool.execute(
        "insert into webhook_endpoints (id, name, url, secret, events)"
        " values (gen_random_uuid(), 'x', 'https://a.b/', '\\x00', '{lead.added}')"
    )
    await add_mailbox(pool, imap, department_id=department)
    await visit(pool)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    imap.inbox.put(letter(), at)
    await visit(pool)

    (lead,) = await leads(pool)
    assert (lead["phone"], lead["held"], lead["email"], lead["direction"]) == (CLIENT, CLIENT, IVAN, "Windows")
    assert (lead["title"], lead["opened_at"], lead["departments"]) == ("Запрос цены · Иван Петров", at, [department])
    assert lead["take_by"] == at + timedelta(minutes=15)
    (touch,) = await pool.fetch("select * from touches")
    assert (touch["kind"], touch["lead_id"], touch["at"]) == ("email", lead["id"], at)
    assert touch["text"].startswith("Запрос цены\nНужны окна")
    assert await letters(pool) == [("new", True)]
    assert await pool.fetchval("select count(*) from outbox where payload ->> 'event' = 'lead.added'") == 1


async def test_calls_and_letters_of_a_telephone_are_one_lead(pool: Pool, mailbox: FakeImap) -> None:
    await pool.execute(
        "insert into lines (id, number, name, brand) values ($1, $2, 'Sales', 'Windows')", uuid4(), SALES
    )
    await tell(pool, Heard(0))
    mailbox.inbox.put(letter())
    await visit(pool)

    (lead,) = await leads(pool)
    assert (await rules(pool), lead["email"]) == (["new", "open_lead"], IVAN)


async def test_an_address_alone_is_a_lead_and_learns_its_telephone(pool: Pool, mailbox: FakeImap) -> None:
    for number, text in enumerate((BARE, "И двери", "Мой телефон 8 916 123-45-67", "Ещё: 8 916 123-45-67")):
        mailbox.inbox.put(letter(text, message_id=f"<{number}@c>"))
    await visit(pool)

    (lead,) = await leads(pool)
    assert (lead["phone"], lead["held"], lead["email"]) == (CLIENT, CLIENT, IVAN)
    assert await rules(pool) == ["new", "open_lead_of_address", "open_lead_of_address", "open_lead"]


async def test_another_telephone_of_an_address_is_another_lead(pool: Pool, mailbox: FakeImap) -> None:
    mailbox.inbox.put(letter())
    mailbox.inbox.put(letter("Мой телефон 8 916 123-45-68", message_id="<2@c>"))
    await visit(pool)

    assert {one["phone"] for one in await leads(pool)} == {CLIENT, "+79161234568"}


async def test_answers_go_to_the_lead_of_their_thread(pool: Pool, mailbox: FakeImap) -> None:
    """Also from another address; not to one that is closed."""
    mailbox.inbox.put(letter(BARE))
    answer = {"In_Reply_To": "<ours@ours.example>", "References": "<one@client.example> <ours@ours.example>"}
    mailbox.inbox.put(letter("Да", sender="boss@client.example", message_id="<2@c>", **answer))
    await visit(pool)
    assert await rules(pool) == ["new", "thread"]
    await pool.execute("update leads set closed_at = now()")
    mailbox.inbox.put(letter("И ещё", sender="boss@client.example", message_id="<3@c>", **answer))
    await visit(pool)

    assert (await rules(pool), len(await leads(pool))) == (["new", "thread", "new"], 2)


async def test_a_contact_is_found_by_his_address(pool: Pool, mailbox: FakeImap) -> None:
    known = await contact(pool, phones=(CLIENT,))
    mailbox.inbox.put(letter(BARE))
    await visit(pool)

    (lead,) = await leads(pool)
    assert (lead["contact_id"], lead["phone"]) == (known, CLIENT)


async def test_who_is_no_buyer_or_has_a_deal_opens_none(pool: Pool, mailbox: FakeImap) -> None:
    await contact(pool, "supplier")
    dealt = await contact(pool, email="deal@client.example")
    await pool.execute("insert into deals (id, source, external_id, contact_id) values ($1, 'b24', '1', $1)", dealt)
    mailbox.inbox.put(letter(BARE))
    mailbox.inbox.put(letter(BARE, sender="deal@client.example"))
    await visit(pool)

    assert (await rules(pool), await leads(pool)) == (["no_buyer", "open_deal"], [])


async def test_our_own_letters_and_numbers(pool: Pool, mailbox: FakeImap) -> None:
    await pool.execute("insert into people (id, name, email) values ($1, 'Anna', 'Anna@ours.example')", uuid4())
    await pool.execute("insert into lines (id, number, name) values ($1, $2, 'Sales')", uuid4(), CLIENT)
    mailbox.inbox.put(letter(sender="anna@ours.example"))
    mailbox.inbox.put(letter("Вы звонили с 8 916 123-45-67", message_id="<2@c>"))
    await visit(pool)

    (lead,) = await leads(pool)
    assert (lead["phone"], lead["email"]) == (None, IVAN)
    assert sorted(await letters(pool)) == [("new", True), ("ours", False)]


async def test_a_letter_to_two_mailboxes_is_a_touch_by_each(pool: Pool, mailbox: FakeImap) -> None:
    await add_mailbox(pool, mailbox, name="Doors", direction="Doors")
    await visit(pool, times=2)
    mailbox.inbox.put(letter())
    await visit(pool, times=2)

    assert sorted(one["direction"] for one in await leads(pool)) == ["Doors", "Windows"]
