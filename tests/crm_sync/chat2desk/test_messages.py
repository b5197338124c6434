"""What a rule tells a client comes into his own chat once, whatever is lost; not where he does not want it."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.crm_sync.chat2desk.conftest import Office
from tests.crm_sync.chat2desk.shelf import SITE
from tests.messages.conftest import put, round_at, states
from tests.messages.test_clients import review, talk
from tests.missed.told import CLIENT
from trunkline.messages.rule import Channel
from trunkline.messages.stopping import read_signed, stop

TOLD = "to_client"


@pytest.fixture(autouse=True)
async def contact(office: Office) -> UUID:
    """Ivanov writes in a chat, and allows to be written to."""
    await office.connect()
    await office.writes()
    contact, pool = uuid4(), office.pool
    await pool.execute("insert into contacts (id, name, class) values ($1, 'Ivanov', 'client')", contact)
    await pool.execute("insert into contact_phones (contact_id, number) values ($1, $2)", contact, CLIENT)
    await pool.execute("insert into client_consents (contact_id, allowed, at) values ($1, true, now())", contact)
    await pool.execute("update message_settings set opens = 0, closes = 1440")
    await pool.execute("update missed_rules set country = 'ZZ'")  # no holidays
    await put(pool, review(channel=Channel.DIALOG, every_days=0))
    return contact


async def told(office: Office, redis: Redis) -> None:
    """A talk with him is over, and the worker looks at what follows."""
    now = datetime.now(UTC)
    await talk(office.pool, now)
    await round_at(office.pool, redis, now)


@pytest.mark.parametrize("how", ["", "lost", "reset", "stall", "html", "broken", "flood"])
async def test_it_comes_once_whatever_is_lost(office: Office, redis: Redis, how: str) -> None:
    await told(office, redis)
    office.fake.faults += [("POST /v1/messages", how), ("GET /v1/messages", "broken")] if how else []
    await office.deliver(4)
    (text,) = office.fake.texts(kind=TOLD)
    assert text.startswith("Оцените разговор")
    assert f"No more: {SITE}/unsubscribe/" in text
    assert await office.pool.fetchval("select count(*) from outbox") == 0


async def test_he_ends_it_by_the_link(office: Office, redis: Redis) -> None:
    await told(office, redis)
    await office.deliver()
    found = re.search(r"/unsubscribe/(\S+)", office.fake.texts(kind=TOLD)[0])
    assert found is not None
    one = read_signed(office.box, found[1])
    assert one is not None
    assert one.address == CLIENT
    await told(office, redis)  # it waits for Chat2Desk
    async with office.pool.acquire() as connection, connection.transaction():
        await stop(connection, one._replace(contact=None), None, datetime.now(UTC))
    await office.deliver()
    await told(office, redis)
    assert len(office.fake.texts(kind=TOLD)) == 1
    assert await states(office.pool) == [("Ivanov", "sent", "")] * 2 + [("Ivanov", "refused", "said_no")]
    shown = await office.pool.fetch("select shown_state from message_log order by at")
    assert [row["shown_state"] for row in shown] == ["sent", "refused", "refused"]


async def test_nobody_is_written_to_at_a_number_that_somebody_wrote_down(office: Office, redis: Redis) -> None:
    await office.pool.execute("update chat_numbers set is_own = false")
    await told(office, redis)
    assert await states(office.pool) == [], "the step reaches nobody"


async def test_who_left_his_chat_meanwhile_and_who_is_gone_there(office: Office, redis: Redis) -> None:
    now = datetime.now(UTC)
    await talk(office.pool, now)
    await office.pool.execute("delete from chat_numbers")
    await round_at(office.pool, redis, now)
    assert await states(office.pool) == [("Ivanov", "refused", "no_dialog")]
    await office.writes("900")
    await told(office, redis)
    await office.deliver()
    assert await office.pool.fetchval("select error from outbox_dead") == (
        "Chat2Desk finds no such client (Client not found)"
    )


async def test_without_chat2desk_the_log_says_why(office: Office, redis: Redis) -> None:
    await office.pool.execute("delete from chat2desk_accounts")
    await told(office, redis)
    await office.deliver()
    assert await office.pool.fetchval("select warning from message_log") == (
        "Chat2Desk is not connected; nothing was sent"
    )
