"""A client is called back over each hosted PBX that dials: by whoever is free there, once, and until he is reached."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from tests.fakes.diallers import Diallers, diallers
from tests.pbx.hooks.company import CLIENT
from tests.pbx.hooks.dials import IN_VAIN, TALK, hooks, look, move_to_the_call, open_account, send, tell
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.dialing import callbacks_store
from trunkline.dialing.callbacks_store import Wanted
from trunkline.dialing.engine import one_round
from trunkline.dialing.store import Wish
from trunkline.pbx.hooks.diallings import DIALLINGS
from trunkline.people.identity import Reach

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
async def fake(pool: Pool) -> AsyncIterator[Diallers]:
    """Anna of the queue sales, who has said that she is there; the company calls back day and night."""
    await pool.execute("update dial_rules set callback_opens = 0, callback_closes = 24")
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    anna = uuid4()
    await pool.execute("insert into people (id, name, extension) values ($1, 'Anna', '101')", anna)
    await pool.execute("insert into queue_members values ('sales', $1, 0)", anna)
    await pool.execute("insert into presence_states (person_id, state, since) values ($1, 'online', now())", anna)
    async with diallers() as fake:
        yield fake


async def ask(pool: Pool, now: datetime) -> UUID:
    async with pool.acquire() as connection, connection.transaction():
        wanted = Wanted(Wish(CLIENT, "cloud", ""), "sales", "Europe/Moscow", "test", now)
        taken = await callbacks_store.take(
            connection, wanted, Reach(UUID(int=0), None, None), now, SecretBox(bytes(32))
        )
    assert taken.id is not None
    return taken.id


async def standing(pool: Pool) -> tuple[str, str, int]:
    row = await pool.fetchrow("select state, why, attempts from callbacks")
    assert row is not None
    return row["state"], row["why"], row["attempts"]


@pytest.mark.parametrize("name", DIALLINGS)
@pytest.mark.parametrize("mood", ["takes", "loses"])
async def test_he_is_reached(pool: Pool, redis: Redis, fake: Diallers, name: str, mood: str) -> None:
    fake.mood = mood
    await open_account(pool, fake, name)
    now = datetime.now(UTC)
    await ask(pool, now)
    for _ in range(3):
        await one_round(pool, redis, MOSCOW, now, SecretBox(bytes(32)))
        await send(pool, redis)
        await look(pool, redis)
    assert await standing(pool) == ("dialling", "", 0)

    await move_to_the_call(pool)
    await tell(pool, hooks(name, TALK))
    await look(pool, redis)
    await one_round(pool, redis, MOSCOW, now, SecretBox(bytes(32)))

    assert (await standing(pool))[0] == "reached"
    assert fake.dialled == [("101", CLIENT[1:])]


@pytest.mark.parametrize("name", DIALLINGS)
async def test_in_vain_he_waits_for_the_next_attempt(pool: Pool, redis: Redis, fake: Diallers, name: str) -> None:
    await open_account(pool, fake, name)
    now = datetime.now(UTC)
    await ask(pool, now)
    await one_round(pool, redis, MOSCOW, now, SecretBox(bytes(32)))
    await send(pool, redis)
    await move_to_the_call(pool)
    await tell(pool, hooks(name, IN_VAIN))
    await look(pool, redis)
    for minutes in (0, 14):
        await one_round(pool, redis, MOSCOW, now + timedelta(minutes=minutes), SecretBox(bytes(32)))
        await send(pool, redis)

    assert await standing(pool) == ("waiting", "no_answer", 1)
    assert len(fake.dialled) == 1


async def test_a_refusal_is_no_attempt(pool: Pool, redis: Redis, fake: Diallers) -> None:
    """The client heard nothing of it."""
    fake.mood = "refuses"
    await open_account(pool, fake, "zadarma")
    now = datetime.now(UTC)
    await ask(pool, now)
    for _ in range(2):
        await one_round(pool, redis, MOSCOW, now, SecretBox(bytes(32)))
        await send(pool, redis)

    assert await standing(pool) == ("waiting", "agent", 0)
    assert (len(fake.heard), fake.dialled) == (1, [])
