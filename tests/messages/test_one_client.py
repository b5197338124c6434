"""One client is one, by whatever name he is told: a contact, a number that several share, an address."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from redis.asyncio import Redis

from tests.messages.conftest import PHONE, READER, Office, add_lead, put, round_at, states
from tests.messages.rules import rule, step
from tests.messages.test_clients import allow, review, talk
from trunkline.db.types import Pool
from trunkline.messages import finding
from trunkline.messages.happening import Kind
from trunkline.messages.pruning import prune_messages
from trunkline.messages.rule import Channel, Rule, Whom
from trunkline.messages.store import SQL, happened_to_leads

NOW = datetime.now(UTC)


async def open_always(pool: Pool, more: str = "", asked: bool = False) -> None:
    await pool.execute(f"update message_settings set opens = 0, closes = 1440, unasked = {not asked} {more}")
    await pool.execute("update missed_rules set country = 'ZZ'")


async def lead_of(pool: Pool, office: Office, contact: UUID | None, email: str | None, phone: str | None) -> None:
    """A lead that came by mail, or by a number that several share, told to the rules."""
    lead = await add_lead(pool, office)
    await pool.execute(
        "update leads set contact_id = $2, email = $3, phone = $4 where id = $1", lead, contact, email, phone
    )
    async with pool.acquire() as connection, connection.transaction():
        await happened_to_leads(connection, Kind.LEAD_OPENED, [lead], NOW)


async def said(pool: Pool, redis: Redis) -> list[tuple[str, str]]:
    await round_at(pool, redis, NOW + timedelta(minutes=1))
    return sorted((state, why) for _, state, why in await states(pool))


def greeting(every_days: int = 0) -> Rule:
    return rule("hello", step(Whom.CLIENT, Channel.EMAIL), template="Мы получили ваше письмо.", every_days=every_days)


async def test_nobody_is_written_to_of_whose_number_somebody_said_no(pool: Pool, redis: Redis, office: Office) -> None:
    """A number that two contacts share is nobody's contact; unasked ones are told here."""
    await open_always(pool)
    await put(pool, greeting())
    await allow(pool, office, allowed=False)
    await lead_of(pool, office, None, "other@example.com", PHONE)
    await lead_of(pool, office, None, "ivanov@example.com", None)
    await lead_of(pool, office, None, "third@example.com", "+79160000001")
    assert await said(pool, redis) == [("refused", "said_no"), ("refused", "said_no"), ("sent", "")]


async def test_yes_is_the_contacts_own(pool: Pool, redis: Redis, office: Office) -> None:
    await open_always(pool, asked=True)
    await put(pool, greeting())
    await allow(pool, office)
    await lead_of(pool, office, None, "other@example.com", PHONE)
    await lead_of(pool, office, office["client"], None, PHONE)
    assert await said(pool, redis) == [("refused", "not_asked"), ("sent", "")]


async def test_as_contact_and_as_number_he_is_told_once(pool: Pool, redis: Redis, office: Office) -> None:
    await open_always(pool)
    await put(pool, greeting(every_days=30))
    await lead_of(pool, office, office["client"], None, PHONE)
    assert await said(pool, redis) == [("sent", "")]
    await lead_of(pool, office, None, "ivanov@example.com", None)
    await lead_of(pool, office, None, "other@example.com", PHONE)
    refused = ("refused", "told_lately")
    assert await said(pool, redis) == [refused, refused, ("sent", "")]


async def test_in_one_round_he_is_told_once(pool: Pool, redis: Redis, office: Office) -> None:
    await open_always(pool)
    await put(pool, greeting(every_days=30))
    await lead_of(pool, office, office["client"], None, PHONE)
    await lead_of(pool, office, None, "other@example.com", PHONE)
    assert await said(pool, redis) == [("refused", "told_lately"), ("sent", "")]


async def test_as_contact_and_as_number_he_is_told_enough(pool: Pool, redis: Redis, office: Office) -> None:
    await open_always(pool, ", client_most = 1")
    await put(pool, greeting())
    await lead_of(pool, office, office["client"], None, PHONE)
    assert await said(pool, redis) == [("sent", "")]
    await lead_of(pool, office, None, "other@example.com", PHONE)
    assert await said(pool, redis) == [("refused", "told_enough"), ("sent", "")]


async def test_who_wrote_is_told_by_his_letters_address(pool: Pool, redis: Redis, office: Office) -> None:
    """However long it is."""
    await open_always(pool)
    await put(pool, greeting())
    for address in ("anybody@example.com", "a" * 60 + "@" + "b" * 60 + ".example.com"):
        await lead_of(pool, office, None, address, None)
    assert await said(pool, redis) == [("sent", ""), ("sent", "")]
    assert await pool.fetchval("select count(distinct recipient) from messages where address <> ''") == 2


async def test_what_was_told_is_kept_as_long_as_it_counts(pool: Pool, redis: Redis, office: Office) -> None:
    await open_always(pool, ", kept_days = 7, client_days = 20")
    await put(pool, review(every_days=30))
    await talk(pool, NOW)
    await round_at(pool, redis, NOW)
    kept = []
    for days in (8, 29, 31):
        await prune_messages(pool, NOW + timedelta(days=days))
        kept.append(await pool.fetchval("select count(*) from messages"))
    assert kept == [1, 1, 0]


async def test_what_was_told_is_kept_as_long_as_the_cap_of_dialing_counts_it(
    pool: Pool, redis: Redis, office: Office
) -> None:
    await open_always(pool, ", kept_days = 7, client_days = 1")
    await pool.execute("update dial_rules set contact_most = 2, contact_days = 20")
    await put(pool, greeting())
    await lead_of(pool, office, office["client"], None, PHONE)
    assert await said(pool, redis) == [("sent", "")]
    kept = []
    for days in (19, 21):
        await prune_messages(pool, NOW + timedelta(days=days))
        kept.append(await pool.fetchval("select count(*) from messages"))
    assert kept == [1, 0]


async def test_one_node_looks_at_a_time(pool: Pool, office: Office) -> None:
    await put(pool, rule("debts", kind=Kind.DEBT_OVERDUE))
    await pool.execute(
        "insert into debts (id, source, external_id, contact_id, amount, overdue, overdue_days, due_on)"
        " values ($1, 't', '1', $2, 5, 5, 3, now())",
        uuid4(), office["client"],
    )  # fmt: skip
    async with pool.acquire() as other, other.transaction():
        assert await other.fetchval(SQL["try_finding"])
        assert await finding.one_round(pool, READER.timezone, NOW) == 0
    assert await finding.one_round(pool, READER.timezone, NOW) == 1
