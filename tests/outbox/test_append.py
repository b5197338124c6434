"""Appending inside somebody else's transaction."""

import asyncpg

from trunkline.outbox.append import append, append_many
from trunkline.outbox.event import NewEvent


async def test_an_event_commits_and_rolls_back_with_its_transaction(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await append(connection, "a", "note", "a:1", {"text": "lost"})
        await transaction.rollback()
        async with connection.transaction():
            await append(connection, "a", "note", "a:2", {"text": "Иванов & Ко"})
    assert [dict(row) for row in await pool.fetch("select stream, kind, idem, payload from outbox")] == [
        {"stream": "a", "kind": "note", "idem": "a:2", "payload": {"text": "Иванов & Ко"}}
    ]
    assert await pool.fetchval("select ver from outbox_streams where stream = 'a'") == 1


async def test_a_known_idem_is_left_alone_but_the_stream_is_touched(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await append(connection, "a", "note", "a:1", {"n": 1})
        await append(connection, "a", "note", "a:1", {"n": 2})
    assert await pool.fetchval("select payload from outbox") == {"n": 1}
    assert await pool.fetchval("select ver from outbox_streams") == 2


async def test_many_events_keep_their_order_within_and_across_streams(pool: asyncpg.Pool) -> None:
    events = [NewEvent(f"s{n % 3}", "note", f"i{n}", {"n": n}) for n in range(30)]
    async with pool.acquire() as connection:
        await append_many(connection, events)
        await append_many(connection, [])
    assert [row["idem"] for row in await pool.fetch("select idem from outbox order by id")] == [e.idem for e in events]
    assert await pool.fetchval("select count(*) from outbox_streams where ver = 1") == 3


async def test_what_was_delivered_or_given_up_is_not_appended_again(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into outbox_log (id, stream, kind, idem, attempts, took_ms, created_at) "
        "values (1, 'a', 'k', 'done', 1, 0, now())"
    )
    await pool.execute(
        "insert into outbox_dead (id, stream, kind, idem, payload, attempts, error_class, error, parks, created_at) "
        "values (2, 'a', 'k', 'dead', '{}', 1, 'permanent', 'no', false, now())"
    )
    async with pool.acquire() as connection:
        await append_many(connection, [NewEvent("a", "k", idem, {}) for idem in ("done", "dead", "new")])
    assert [row["idem"] for row in await pool.fetch("select idem from outbox")] == ["new"]
