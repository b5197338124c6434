"""From a deed to a mailbox: rows of the log, the chain, digests, quiet hours, what is settled meanwhile."""

import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from tests.alarms.test_alarms import Mailbox
from tests.messages.conftest import Office, add_lead, put, round_at, states
from tests.messages.rules import rule, step
from tests.notices.test_mail import mail_of
from tests.people.company import AddPerson
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.messages.happening import Kind
from trunkline.messages.letters import LetterDeliverer
from trunkline.messages.pruning import prune_messages
from trunkline.messages.rule import Channel, Digest, Whom
from trunkline.messages.stopping import Stops
from trunkline.messages.store import happened_to_leads
from trunkline.outbox.worker import OutboxWorker

MINUTE = timedelta(minutes=1)
OPENED = Kind.LEAD_OPENED
CHAIN = (step(), step(Whom.HEADS, after=10), step(Whom.DIRECTORS, after=30))


async def opened(pool: Pool, *leads: object, kind: Kind = OPENED, now: datetime) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await happened_to_leads(connection, kind, leads, now)  # type: ignore[arg-type]  # ids


async def letters(pool: Pool, redis: Redis, mailbox: Mailbox) -> list[tuple[str, str, str]]:
    """To whom, subject, text: of what is delivered now."""
    mailbox.letters.clear()
    stops = Stops(SecretBox(bytes(32)), "", "")
    deliverer = LetterDeliverer(pool, mail_of(mailbox.port), "https://calls.example.com", stops)
    await OutboxWorker(pool, redis, [deliverer]).drain()
    told = [email.message_from_bytes(each, policy=email.policy.default) for each in mailbox.letters]
    return sorted((one["To"], one["Subject"], one.get_content().replace("\r\n", "\n")) for one in told)


async def test_the_chain_goes_on_until_somebody_takes_the_lead(
    pool: Pool, redis: Redis, office: Office, mailbox: Mailbox
) -> None:
    await put(pool, rule("Новый лид", *CHAIN, working=False, template="{client}, {phone}: {title} — {department}"))
    now, lead = datetime.now(UTC), await add_lead(pool, office)
    await opened(pool, lead, now=now)
    await opened(pool, lead, now=now + MINUTE)

    await round_at(pool, redis, now)
    ((to, subject, text),) = await letters(pool, redis, mailbox)
    assert (to, subject) == ("anna@example.com", "Новый лид")
    assert text.startswith("Иванов, +7 916 123-45-67: Окна — Продажи\n\nhttps://calls.example.com/messages/")
    await round_at(pool, redis, now + 9 * MINUTE)
    assert await letters(pool, redis, mailbox) == []
    await round_at(pool, redis, now + 10 * MINUTE)
    assert [to for to, _, _ in await letters(pool, redis, mailbox)] == ["head@example.com"]
    await pool.execute("update lead_clocks set taken_at = now()")
    await round_at(pool, redis, now + 31 * MINUTE)

    assert await letters(pool, redis, mailbox) == []
    assert await states(pool) == [("Boss", "withdrawn", "settled"), ("Head", "sent", ""), ("Анна", "sent", "")]


async def test_digests_hold_each_once(pool: Pool, redis: Redis, office: Office, mailbox: Mailbox) -> None:
    await put(pool, rule("Лиды", digest=Digest.HOURLY, working=False, template="{phone}"))
    now = datetime.now(UTC).replace(minute=20, second=0)
    phones = [f"+7916123456{number}" for number in range(4)]
    for phone in phones[:3]:
        await opened(pool, await add_lead(pool, office, phone), now=now)
    await round_at(pool, redis, now)
    assert {why for _, _, why in await states(pool)} == {"digest"}
    hour = now + 40 * MINUTE
    await opened(pool, await add_lead(pool, office, phones[3]), now=hour + MINUTE)

    await round_at(pool, redis, hour)
    ((_, _, text),) = await letters(pool, redis, mailbox)
    assert [text.count(f"456{number}".replace("456", "45-6")) for number in range(4)] == [1, 1, 1, 0]
    assert text.endswith("https://calls.example.com/messages\n")
    await round_at(pool, redis, hour + 60 * MINUTE)
    ((_, _, text),) = await letters(pool, redis, mailbox)
    assert "45-63" in text


async def test_rest_is_not_disturbed(pool: Pool, redis: Redis, office: Office) -> None:
    """By the company's hours, by one's own, and by them as they are when it would be said."""
    await pool.execute("update message_settings set opens = 540, closes = 1260")
    await put(pool, rule("one"))
    # The last one o'clock at night in Moscow: what is written over a day after is told to nobody.
    night = (datetime.now(UTC) - timedelta(hours=22)).replace(hour=22, minute=0, second=0, microsecond=0)
    await opened(pool, await add_lead(pool, office), now=night)
    await round_at(pool, redis, night)
    assert await states(pool) == [("Анна", "waiting", "hours")]

    asked = night
    while await pool.fetchval("select count(*) from messages where state = 'waiting'"):
        asked += 30 * MINUTE
        assert asked < night + timedelta(days=30)
        await round_at(pool, redis, asked)
    assert asked.astimezone(UTC).hour == 6, "nine in Moscow"


async def test_what_is_written_long_after_is_told_to_nobody(pool: Pool, office: Office) -> None:
    await put(pool, rule("one"))
    await opened(pool, await add_lead(pool, office), now=datetime.now(UTC) - timedelta(days=2))
    assert await states(pool) == []


async def test_who_left_is_told_nothing(pool: Pool, redis: Redis, office: Office) -> None:
    now = datetime.now(UTC)
    await put(pool, rule("one", working=False))
    await opened(pool, await add_lead(pool, office), now=now)
    await pool.execute("update people set active = false where id = $1", office["anna"])
    await round_at(pool, redis, now)
    assert await states(pool) == [("Анна", "withdrawn", "left")]


async def test_a_stage_is_told_each_time(pool: Pool, office: Office) -> None:
    await put(pool, rule("one", kind=Kind.LEAD_CHANGED, stages=frozenset({"Замер"})))
    lead = await add_lead(pool, office)
    for stage, version in (("Замер", 2), ("new", 3), ("Замер", 4)):
        await pool.execute("update leads set stage = $1, version = $2", stage, version)
        for _ in range(2):
            await opened(pool, lead, kind=Kind.LEAD_CHANGED, now=datetime.now(UTC))
    assert await states(pool) == [("Анна", "waiting", "")] * 2


@pytest.mark.parametrize("channel", [Channel.CARD, Channel.TASK])
async def test_cards_and_tasks(pool: Pool, redis: Redis, office: Office, channel: Channel) -> None:
    now = datetime.now(UTC)
    await put(pool, rule("one", step(channel=channel), working=False, template="{client}"))
    lead = await add_lead(pool, office, taken=True)
    await opened(pool, lead, now=now)
    await round_at(pool, redis, now)
    notice = await pool.fetchrow("select person_id, kind, facts, mail_at from notices")
    assert notice is not None
    assert (notice["person_id"], notice["kind"], notice["facts"]) == (
        office["anna"],
        "message.told",
        {"text": "Иванов"},
    )
    planned = await pool.fetchval("select next_call_at from leads where id = $1", lead)
    assert planned == (now if channel is Channel.TASK else None)


async def test_the_log_is_forgotten_when_it_is_old(pool: Pool, redis: Redis, office: Office) -> None:
    now = datetime.now(UTC)
    await put(pool, rule("one", *CHAIN, working=False))
    await opened(pool, await add_lead(pool, office), now=now)
    await round_at(pool, redis, now)
    await prune_messages(pool, now + timedelta(days=179))
    assert len(await states(pool)) == 3
    await prune_messages(pool, now + timedelta(days=181))
    assert [state for _, state, _ in await states(pool)] == ["waiting", "waiting"]


@pytest.mark.parametrize(("deputy", "told"), [("boss", ["Boss"]), (None, ["Boss", "Head"])])
async def test_who_is_away_is_stood_in_for(
    pool: Pool, redis: Redis, office: Office, deputy: str | None, told: list[str]
) -> None:
    """Where nobody stands in, his head is told at once."""
    now = datetime.now(UTC)
    await pool.execute(
        "insert into absences (id, person_id, starts_at, ends_at, deputy_id) values ($1, $1, $2, $3, $4)",
        office["anna"], now - MINUTE, now + 60 * MINUTE, office[deputy] if deputy else None,
    )  # fmt: skip
    await put(pool, rule("one", *CHAIN[: 1 if deputy else 3], working=False))
    await opened(pool, await add_lead(pool, office), now=now)
    await round_at(pool, redis, now)
    assert [name for name, _, _ in await states(pool)] == told
    assert await pool.fetchval("select recipient_name from messages where state = 'sent'") == told[-1]


async def test_the_head_of_a_department_comes_before_supervisors(
    pool: Pool, office: Office, add_person: AddPerson
) -> None:
    """The nearest above it: nobody heads the sales themselves."""
    chief = await add_person("chief", email="chief@example.com")
    company = await pool.fetchval(
        "insert into departments (id, slug, name, head_id) values (gen_random_uuid(), 'all', 'All', $1) returning id",
        chief,
    )
    await pool.execute("update departments set parent_id = $1 where slug = 'sales'", company)
    await put(pool, rule("Новый лид", step(Whom.HEADS), working=False))
    lead = await add_lead(pool, office)
    await opened(pool, lead, now=datetime.now(UTC))
    assert await states(pool) == [("Chief", "waiting", "")]
