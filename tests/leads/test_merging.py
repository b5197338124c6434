"""Leads that may be one person's: proposed with reasons, merged or kept apart by people alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tests.leads.test_pages import NOW, act
from tests.messages.rules import rule
from tests.missed.told import CLIENT, Heard, tell
from tests.people.company import ACTOR, AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import BORIS, NOON, SALES, SERVICE
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.reading import Asker, find_leads
from trunkline.leads.rules import InForce
from trunkline.leads.touching import keys_of_leads
from trunkline.leads.writing import Message, keep_message
from trunkline.messages.happening import Kind
from trunkline.messages.rules_store import save_rule
from trunkline.people.identity import Reach
from trunkline.people.roles import Role
from trunkline.web.human import phone as human

PAGE = "/leads/proposals"
IVAN = "ivan@client.example"


async def write(pool: Pool, number: int, phone: str, direction: str = "Windows", email: str = IVAN) -> UUID:
    """A letter a minute later than the last; its lead."""
    async with pool.acquire() as connection, connection.transaction():
        message = Message(
            source="email", external_id=str(number), kind="email", phones=[phone] if phone else [], email=email,
            direction=direction, title=f"Letter {number}", text="", at=NOON + timedelta(minutes=NOW - 60 + number),
            place="Mail", raw={},
        )  # fmt: skip
        kept = await keep_message(connection, message, InForce())
    assert kept.lead is not None
    return kept.lead


async def decide(browser: Browser, one: UUID, other: UUID, merge: str) -> None:
    answer = await browser.send(PAGE, {"one": str(one), "other": str(other), "merge": merge}, page="/leads")
    assert answer.status == 303


async def opened(pool: Pool) -> set[UUID]:
    return {row["id"] for row in await pool.fetch("select id from leads where closed_at is null")}


async def test_one_address_is_a_reason_and_one_telephone_is_none(browser: Browser, pool: Pool) -> None:
    await write(pool, 1, CLIENT)
    await write(pool, 2, CLIENT, "Doors", "other@client.example")
    assert "Nothing to merge" in await text_of(browser, PAGE)
    await write(pool, 3, BORIS)

    text = await text_of(browser, PAGE)
    assert "one e-mail address" in text
    assert "Letter 1" in text
    assert "Letter 3" in text
    assert "Letter 2" not in text
    assert text.index("Letter 1") < text.index("Letter 3"), "the older stands first"


async def test_leads_of_one_contact(browser: Browser, pool: Pool) -> None:
    await pool.execute(
        "insert into lines (id, number, name, brand) values ($1, $2, 'Sales', 'Windows')", uuid4(), SALES
    )
    person = uuid4()
    await pool.execute("insert into contacts (id, name, class) values ($1, 'Ivan', 'client')", person)
    for phone in (CLIENT, BORIS):
        await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", phone, person)
    await tell(pool, Heard(NOW - 30), Heard(NOW - 20, client=BORIS))

    assert "one contact" in await text_of(browser, PAGE)


async def test_the_younger_becomes_part_of_the_older(browser: Browser, pool: Pool) -> None:
    """And what comes of its telephone later goes on there."""
    await pool.execute(
        "insert into lines (id, number, name, brand) values ($1, $2, 'Sales', 'Windows')", uuid4(), SALES
    )
    older, younger = await write(pool, 1, CLIENT), await write(pool, 2, BORIS)
    taker = await pool.fetchval("select id from people limit 1")
    await pool.execute("update lead_clocks set taken_at = now(), taken_by = $2 where lead_id = $1", younger, taker)
    await pool.execute("update touches set tags = '{late}', category = 'Late' where lead_id = $1", younger)
    await decide(browser, younger, older, "yes")

    assert await opened(pool) == {older}
    assert "Nothing to merge" in await text_of(browser, PAGE)
    (clock,) = await pool.fetch("select taken_by, tags, called_at from lead_clocks where lead_id = $1", older)
    assert tuple(clock) == (taker, ["late"], None)
    await tell(pool, Heard(NOW - 10, client=BORIS, answered=True))
    assert await opened(pool) == {older}
    assert await pool.fetchval("select count(*) from touches where lead_id = $1", older) == 3
    assert await pool.fetchval("select called_at is not null from lead_clocks where lead_id = $1", older)
    deeds = await pool.fetch("select action from audit where object_kind = 'lead' and object_id = $1", str(older))
    assert [deed["action"] for deed in deeds] == ["lead.merged"]


async def test_what_is_kept_apart_is_not_proposed_again(browser: Browser, pool: Pool) -> None:
    one, other = await write(pool, 1, CLIENT), await write(pool, 2, BORIS)
    await decide(browser, one, other, "no")
    await decide(browser, one, other, "no")

    assert "Nothing to merge" in await text_of(browser, PAGE)
    assert await opened(pool) == {one, other}


async def test_what_may_not_be_merged(browser: Browser, pool: Pool) -> None:
    """Of two brands, one with itself, one that is closed, one that is none."""
    one, doors = await write(pool, 1, CLIENT), await write(pool, 2, CLIENT, "Doors")
    closed = await write(pool, 3, BORIS)
    await pool.execute("update leads set closed_at = now() where id = $1", closed)
    for other in (doors, one, closed, uuid4()):
        await decide(browser, one, other, "yes")

    assert await opened(pool) == {one, doors}
    assert await pool.fetchval("select count(*) from lead_pairs") == 0


async def test_a_colleagues_lead_is_left_to_him(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    one, other = await write(pool, 1, CLIENT), await write(pool, 2, BORIS)
    anna, vera = await add_person("anna", Role.AGENT), await add_person("vera", Role.AGENT)
    await pool.execute("update leads set responsible_id = $2 where id = $1", other, vera)
    assert browser.app is not None
    async with another(browser, await session_of(pool, browser.app, anna)) as hers:
        assert "Keep apart" not in await text_of(hers, PAGE)
        await decide(hers, one, other, "yes")

    assert await opened(pool) == {one, other}


async def test_a_number_of_another_brand_opens_its_own(pool: Pool, browser: Browser) -> None:
    await pool.execute(
        "insert into lines (id, number, name, brand) values ($1, $2, 'Service', 'Doors')", uuid4(), SERVICE
    )
    await decide(browser, await write(pool, 1, CLIENT), await write(pool, 2, BORIS), "yes")
    await tell(pool, Heard(NOW - 10, client=BORIS, line=SERVICE))

    assert len(await opened(pool)) == 2


async def test_a_merged_lead_is_told_of_and_counted_once(browser: Browser, pool: Pool) -> None:
    """No message says that it is closed, the chain has one row; a pair once kept apart may be merged after all."""
    older, younger = await write(pool, 1, CLIENT), await write(pool, 2, BORIS)
    taker = await pool.fetchval("select id from people limit 1")
    await pool.execute("update leads set responsible_id = $1", taker)
    await pool.execute("update people set email = 'boss@example.com' where id = $1", taker)
    async with pool.acquire() as connection, connection.transaction():
        await save_rule(connection, rule(kind=Kind.LEAD_CLOSED, working=False), ACTOR, datetime.now(UTC))
    await decide(browser, older, younger, "no")
    await decide(browser, older, younger, "yes")

    assert await pool.fetchval("select count(*) from messages") == 0
    assert await pool.fetchval("select merged from lead_pairs")
    listed = await text_of(browser, "/leads/chain?days=7")
    assert human(CLIENT) in listed
    assert human(BORIS) not in listed
    await act(browser, older, "close", reason="spam")
    assert await pool.fetchval("select count(*) from messages") == 1


async def test_who_writes_while_his_lead_is_merged_waits(browser: Browser, pool: Pool) -> None:
    """Lead and letter are held by the same: telephones of a merged lead and its address too."""
    older, younger = await write(pool, 1, ""), await write(pool, 2, "", email="other@client.example")
    named = await write(pool, 3, BORIS, email="third@client.example")
    assert await keys(pool, older) == {IVAN}
    assert await keys(pool, named) == {BORIS, "third@client.example"}
    await decide(browser, older, named, "yes")
    assert await keys(pool, older) == {IVAN, BORIS}
    assert await keys(pool, named) > {IVAN, BORIS}
    await pool.execute("update leads set email = null where id = $1", younger)
    assert await keys(pool, younger) == {str(younger)}


async def keys(pool: Pool, lead: UUID) -> set[str]:
    async with pool.acquire() as connection:
        return {*await keys_of_leads(connection, [lead])}


async def test_of_a_pair_that_is_read_what_left_the_reach_is_left_out(pool: Pool) -> None:
    """As one that was passed on between the two statements of the page."""
    one, other = await write(pool, 1, CLIENT), await write(pool, 2, BORIS)
    await pool.execute("update lead_clocks set departments = $2 where lead_id = $1", other, [uuid4()])
    async with pool.acquire() as connection:
        asker = Asker(Reach(uuid4(), [], None), named=True, now=datetime.now(UTC))
        assert set(await find_leads(connection, asker, [one, other, one])) == {one}
