"""Dead letters come back in their old place; upkeep mends and prunes."""

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.outbox.deliverers import Recorder, Scripted
from trunkline.errors import NotFound
from trunkline.outbox import dead
from trunkline.outbox.append import append_many
from trunkline.outbox.event import AfterDeath, Delivered, Event, Failed, Fault, KindPolicy, NewEvent, Outcome, Sent
from trunkline.outbox.upkeep import prune, sweep, watch
from trunkline.outbox.worker import OutboxWorker


def _refuses_broken(event: Event) -> Outcome:
    if event.payload.get("broken"):
        return Failed(Fault("HTTP 400", Sent.ANSWERED, 400))
    return Delivered()


async def _die(pool: asyncpg.Pool, redis: Redis, after_death: AfterDeath) -> Scripted:
    async with pool.acquire() as connection:
        await append_many(connection, [NewEvent("s", "note", "e1", {"broken": True}), NewEvent("s", "note", "e2", {})])
    deliverer = Scripted(_refuses_broken, policy=KindPolicy(after_death=after_death))
    await OutboxWorker(pool, redis, [deliverer]).drain()
    return deliverer


async def test_an_edited_letter_goes_before_what_waited_behind_it(pool: asyncpg.Pool, redis: Redis) -> None:
    deliverer = await _die(pool, redis, AfterDeath.PARK)
    async with pool.acquire() as connection:
        [letter] = await dead.dead_letters(connection)
        assert (letter.idem, letter.parks, letter.error) == ("e1", True, "HTTP 400")
        assert await dead.dead_kinds(connection) == [("note", 1)]
        await dead.edit(connection, letter.id, {"broken": False})
        assert await dead.retry(connection, [letter.id]) == 1
        assert await dead.retry(connection, [letter.id]) == 0
    await OutboxWorker(pool, redis, [deliverer]).drain()
    assert deliverer.order == ["e1", "e1", "e2"]
    assert await pool.fetchval("select count(*) from outbox_dead") == 0


async def test_dropping_the_letter_lets_its_stream_go_on(pool: asyncpg.Pool, redis: Redis) -> None:
    deliverer = await _die(pool, redis, AfterDeath.PARK)
    async with pool.acquire() as connection:
        [letter] = await dead.dead_letters(connection, kind="note")
        assert await dead.drop(connection, [letter.id, 999]) == 1
    await OutboxWorker(pool, redis, [deliverer]).drain()
    assert deliverer.order == ["e1", "e2"]


async def test_a_letter_of_a_stream_that_went_on_can_be_retried(pool: asyncpg.Pool, redis: Redis) -> None:
    deliverer = await _die(pool, redis, AfterDeath.SKIP)
    async with pool.acquire() as connection:
        [letter] = await dead.dead_letters(connection)
        await dead.retry(connection, [letter.id])
        with pytest.raises(NotFound):
            await dead.edit(connection, letter.id, {})
        with pytest.raises(NotFound):
            await dead.dead_letter(connection, letter.id)
    await OutboxWorker(pool, redis, [deliverer]).drain()
    assert deliverer.order == ["e1", "e2", "e1"]
    assert await pool.fetchval("select count(*) from outbox_dead") == 1


async def test_pages_of_letters_do_not_overlap(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into outbox_dead (id, stream, kind, idem, payload, attempts, error_class, error, parks, created_at) "
        "select n, 's', 'k', n::text, '{}', 1, 'permanent', 'no', false, now() from generate_series(1, 7) n"
    )
    async with pool.acquire() as connection:
        first = await dead.dead_letters(connection, limit=4)
        second = await dead.dead_letters(connection, after=(first[-1].failed_at, first[-1].id), limit=4)
    assert [letter.id for letter in first + second] == [7, 6, 5, 4, 3, 2, 1]


async def test_the_sweeper_finds_events_without_a_stream(pool: asyncpg.Pool, redis: Redis) -> None:
    async with pool.acquire() as connection:
        await append_many(connection, [NewEvent("s", "note", "e1", {})])
    await pool.execute("delete from outbox_streams")
    deliverer = Recorder()
    await OutboxWorker(pool, redis, [deliverer]).drain()
    assert deliverer.order == []
    assert (await watch(pool)).waiting == 1
    assert await sweep(pool) == ["s"]
    assert await sweep(pool) == []
    await OutboxWorker(pool, redis, [deliverer]).drain()
    assert deliverer.order == ["e1"]


async def test_the_watchdog_tells_how_long_the_oldest_due_event_waits(pool: asyncpg.Pool) -> None:
    assert (await watch(pool)).oldest_due == 0.0
    async with pool.acquire() as connection:
        await append_many(connection, [NewEvent("s", "note", "e1", {})])
    await pool.execute("update outbox_streams set due = now() - interval '90 s'")
    assert 89 < (await watch(pool)).oldest_due < 100


async def test_the_log_is_pruned_by_age(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into outbox_log (id, stream, kind, idem, attempts, took_ms, created_at, at) "
        "select n, 's', 'k', n::text, 1, 0, now(), now() - make_interval(days => n) from generate_series(1, 40) n"
    )
    assert await prune(pool, days=30) == 11
    assert await pool.fetchval("select count(*) from outbox_log") == 29
