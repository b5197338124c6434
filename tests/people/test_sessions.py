"""How sessions end, and how their secrets change."""

from datetime import timedelta

from trunkline.db.types import Pool
from trunkline.people import sessions
from trunkline.people.sessions import Origin

from .company import LIFETIME, NOW, AddPerson

ORIGIN = Origin(None, "Browser")


async def test_a_session_ends_by_idleness(pool: Pool, add_person: AddPerson) -> None:
    async with pool.acquire() as connection:
        secret = await sessions.open_session(connection, await add_person("anna"), ORIGIN, LIFETIME, NOW)

    almost = NOW + LIFETIME.idle - timedelta(seconds=1)
    assert await sessions.find_session(pool, secret, LIFETIME, almost) is not None
    assert await sessions.find_session(pool, secret, LIFETIME, almost + LIFETIME.idle) is None


async def test_a_session_ends_however_much_it_is_used(pool: Pool, add_person: AddPerson) -> None:
    async with pool.acquire() as connection:
        secret = await sessions.open_session(connection, await add_person("anna"), ORIGIN, LIFETIME, NOW)
    hours = [NOW + timedelta(hours=hour) for hour in range(14)]
    alive = [await sessions.find_session(pool, secret, LIFETIME, hour) is not None for hour in hours]

    assert alive == [True] * 12 + [False] * 2


async def test_use_is_noted_once_a_minute(pool: Pool, add_person: AddPerson) -> None:
    async with pool.acquire() as connection:
        secret = await sessions.open_session(connection, await add_person("anna"), ORIGIN, LIFETIME, NOW)
    seen = []
    for seconds in (1, 59, 60, 61, 119, 120):
        await sessions.find_session(pool, secret, LIFETIME, NOW + timedelta(seconds=seconds))
        seen.append((await pool.fetchval("select seen_at from sessions") - NOW).seconds)

    assert seen == [0, 0, 60, 60, 60, 120]


async def test_a_rotated_secret_is_the_same_session(pool: Pool, add_person: AddPerson) -> None:
    async with pool.acquire() as connection:
        old = await sessions.open_session(connection, await add_person("anna"), ORIGIN, LIFETIME, NOW)
        before = await sessions.find_session(pool, old, LIFETIME, NOW)
        assert before is not None
        new = await sessions.rotate(connection, before, NOW)
        assert new is not None
        after = await sessions.find_session(pool, new, LIFETIME, NOW)
        assert after is not None

        assert after.credential == before.credential
        assert await sessions.find_session(pool, old, LIFETIME, NOW) is None
        assert await sessions.rotate(connection, before, NOW) is None


async def test_what_ended_by_time_is_swept(pool: Pool, add_person: AddPerson) -> None:
    person = await add_person("anna")
    async with pool.acquire() as connection:
        await sessions.open_session(connection, person, ORIGIN, LIFETIME, NOW)
        await sessions.open_session(connection, person, ORIGIN, LIFETIME, NOW + timedelta(hours=3))
        await sessions.sweep(connection, LIFETIME, NOW + timedelta(hours=4))

        assert len(await sessions.open_sessions(connection, person, LIFETIME, NOW + timedelta(hours=4))) == 1
    assert await pool.fetchval("select count(*) from sessions") == 1


async def test_a_browsers_name_is_cut_to_what_the_table_holds(pool: Pool, add_person: AddPerson) -> None:
    async with pool.acquire() as connection:
        origin = Origin(None, "B" * 5000)
        await sessions.open_session(connection, await add_person("anna"), origin, LIFETIME, NOW)

    assert await pool.fetchval("select length(agent) from sessions") == 300
