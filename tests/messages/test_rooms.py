"""Rooms on loopback: what is said there, what refusals come to, and that nothing tells the address."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from tests.fakes.team_room import FakeRoom, team_room
from tests.messages.conftest import Office, add_lead, put, round_at
from tests.messages.rules import rule
from tests.people.company import ACTOR
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.messages.happening import Kind
from trunkline.messages.rooms import MATTERMOST, SLACK, RoomDeliverer
from trunkline.messages.rule import Channel, Step, Whom
from trunkline.messages.rules_store import add_room, remove_room
from trunkline.messages.store import happened_to_leads
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@pytest.fixture
async def room() -> AsyncIterator[FakeRoom]:
    async with team_room() as running:
        yield running


async def tell(pool: Pool, redis: Redis, office: Office, box: SecretBox, room: FakeRoom, kind: str = SLACK) -> None:
    """A rule of one room, and a lead."""
    now = datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        place = await add_room(connection, box, "Продажи", kind, room.url, ACTOR, now)
    to = Step(whom=Whom.ROOM, channel=Channel.ROOM, target=place)
    await put(pool, rule("Лид", to, working=False, template="{client}, {title}"))
    lead = await add_lead(pool, office)
    async with pool.acquire() as connection, connection.transaction():
        await happened_to_leads(connection, Kind.LEAD_OPENED, [lead], now)
    await round_at(pool, redis, now)


async def deliver(pool: Pool, redis: Redis, box: SecretBox, *networks: str) -> None:
    rules = AddressRules(networks)
    await pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
    async with webhook_session(rules) as session:
        await OutboxWorker(pool, redis, [RoomDeliverer(pool, box, session, rules)]).drain()


@pytest.mark.parametrize(
    ("kind", "said"),
    [(SLACK, "Лид\n&lt;!here&gt; &amp; @all, Окна"), (MATTERMOST, "Лид\n<!here> & @\u200ball, Окна")],
)
async def test_a_name_calls_nobody(
    pool: Pool, redis: Redis, office: Office, box: SecretBox, room: FakeRoom, kind: str, said: str
) -> None:
    await pool.execute("update contacts set name = '<!here> & @all'")
    await tell(pool, redis, office, box, room, kind)
    await deliver(pool, redis, box, "127.0.0.0/8")
    assert room.texts == [said]


@pytest.mark.parametrize(
    ("fault", "letters", "texts"), [("slow", 0, 1), ("broken", 0, 1), ("gone", 1, 0), ("archived", 1, 0)]
)
async def test_refusals(
    pool: Pool, redis: Redis, office: Office, box: SecretBox, room: FakeRoom, fault: str, letters: int, texts: int
) -> None:
    """What may pass is tried again; what will not is given up, and says so without its address."""
    room.faults = [fault]
    await tell(pool, redis, office, box, room)
    await deliver(pool, redis, box, "127.0.0.0/8")
    assert room.texts == []
    await redis.flushdb()
    await deliver(pool, redis, box, "127.0.0.0/8")
    assert len(room.texts) == texts
    dead = await pool.fetch("select request, error, answer from outbox_dead")
    assert len(dead) == letters
    assert "secret-key" not in repr([dict(row) for row in dead])


async def test_private_addresses_are_refused(
    pool: Pool, redis: Redis, office: Office, box: SecretBox, room: FakeRoom
) -> None:
    await tell(pool, redis, office, box, room)
    await deliver(pool, redis, box)
    assert room.texts == []
    error = await pool.fetchval("select error from outbox_dead")
    assert "private address" in error
    assert "secret-key" not in error


async def test_a_room_that_is_gone(pool: Pool, redis: Redis, office: Office, box: SecretBox, room: FakeRoom) -> None:
    await tell(pool, redis, office, box, room)
    async with pool.acquire() as connection, connection.transaction():
        place = await connection.fetchval("select id from message_rooms")
        await remove_room(connection, place, ACTOR, datetime.now(UTC))
    await deliver(pool, redis, box, "127.0.0.0/8")
    assert room.texts == []
    assert "removed" in await pool.fetchval("select warning from outbox_log")
