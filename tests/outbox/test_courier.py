"""Streams through a whole worker: order, failures of every class, verification, dead letters, lost claims."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from tests.outbox.deliverers import Recorder, Scripted
from trunkline.outbox.accounts import AccountHolds, release
from trunkline.outbox.append import append, append_many
from trunkline.outbox.classify import ErrorClass
from trunkline.outbox.event import (
    Account,
    AfterDeath,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    NewEvent,
    Outcome,
    Sent,
    Unknowable,
    Verdict,
    WhenUnknowable,
)
from trunkline.outbox.gate import Gate
from trunkline.outbox.shared import SharedState
from trunkline.outbox.store import claim
from trunkline.outbox.worker import Limits, OutboxWorker

_REFUSED = Failed(Fault("HTTP 400", Sent.ANSWERED, 400), request="POST /x", answer="no \0 good")
_LOST = Failed(Fault("connection reset", Sent.MAYBE))
_NOWHERE = Failed(Fault("no such host", Sent.NO))


def _fails_first(idem: str, failure: Failed, times: int = 1) -> Callable[[Event], Outcome]:
    left = [times]

    def answer(event: Event) -> Outcome:
        if event.idem == idem and left[0]:
            left[0] -= 1
            return failure
        return Delivered(note="taken", warning="late")

    return answer


async def _append(pool: asyncpg.Pool, *idems: str, stream: str = "s") -> None:
    async with pool.acquire() as connection:
        await append_many(connection, [NewEvent(stream, "note", idem, {}) for idem in idems])


async def _deliver(pool: asyncpg.Pool, redis: Redis | None, deliverer: Recorder, *, rounds: int = 1) -> OutboxWorker:
    """Drain, and between rounds let every delay be over."""
    worker = OutboxWorker(pool, redis, [deliverer], chance=lambda: 0.0)
    for _ in range(rounds):
        await pool.execute("update outbox_streams set due = now()")
        await worker.drain()
    return worker


async def test_delivered_events_leave_a_log_row_and_nothing_else(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, *(f"e{n}" for n in range(45)))
    deliverer = Scripted(lambda _: Delivered(note="taken", warning="late"))
    await _deliver(pool, redis, deliverer)
    assert deliverer.order == [f"e{n}" for n in range(45)]
    assert await pool.fetchval("select count(*) from outbox") == 0
    assert await pool.fetchval("select count(*) from outbox_streams") == 0
    row = await pool.fetchrow("select attempts, note, warning from outbox_log where idem = 'e7'")
    assert row is not None
    assert tuple(row) == (1, "taken", "late")


async def test_a_failure_stops_its_stream_and_no_other(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "a1", "a2", stream="a")
    await _append(pool, "b1", "b2", stream="b")
    deliverer = Scripted(_fails_first("a1", _NOWHERE))
    await _deliver(pool, redis, deliverer)
    assert sorted(deliverer.order) == ["a1", "b1", "b2"]
    row = await pool.fetchrow("select fails, claim, due > now() as later from outbox_streams")
    assert row is not None
    assert tuple(row) == (1, None, True)
    assert await pool.fetchval("select last_error from outbox where idem = 'a1'") == "no such host"
    await _deliver(pool, redis, deliverer)
    assert deliverer.order[-2:] == ["a1", "a2"]
    assert deliverer.verified == []


async def test_an_unknown_outcome_is_verified_before_it_is_repeated(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "e1", "e2")
    deliverer = Scripted(_fails_first("e1", _LOST), verdict=lambda _: Delivered(note="it was there"))
    await _deliver(pool, redis, deliverer, rounds=2)
    assert (deliverer.order, deliverer.verified) == (["e1", "e2"], ["e1"])
    assert await pool.fetchval("select note from outbox_log where idem = 'e1'") == "it was there"


async def test_what_is_verified_as_absent_is_sent_again(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "e1")
    deliverer = Scripted(_fails_first("e1", _LOST))
    await _deliver(pool, redis, deliverer, rounds=2)
    assert (deliverer.order, deliverer.verified) == (["e1", "e1"], ["e1"])


@pytest.mark.parametrize(("policy", "dead"), [(WhenUnknowable.REPEAT, 0), (WhenUnknowable.BURY, 1)])
async def test_what_cannot_be_verified_follows_its_kind(
    pool: asyncpg.Pool, redis: Redis, policy: WhenUnknowable, dead: int
) -> None:
    await _append(pool, "e1")
    deliverer = Scripted(
        _fails_first("e1", _LOST), verdict=lambda _: Unknowable(), policy=KindPolicy(when_unknowable=policy)
    )
    await _deliver(pool, redis, deliverer, rounds=2)
    assert len(deliverer.order) == 2 - dead
    assert await pool.fetchval("select count(*) from outbox_dead") == dead


async def test_a_failed_verification_keeps_the_event_unsure(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "e1")
    answers: list[Verdict] = [_NOWHERE, Delivered()]
    deliverer = Scripted(_fails_first("e1", _LOST), verdict=lambda _: answers.pop(0))
    await _deliver(pool, redis, deliverer, rounds=3)
    assert (deliverer.order, deliverer.verified) == (["e1"], ["e1", "e1"])


@pytest.mark.parametrize(
    ("after_death", "order", "parked"),
    [(AfterDeath.SKIP, ["e1", "e2"], None), (AfterDeath.PARK, ["e1"], True)],
)
async def test_a_dead_letter_lets_the_stream_go_on_or_parks_it(
    pool: asyncpg.Pool, redis: Redis, after_death: AfterDeath, order: list[str], parked: bool | None
) -> None:
    await _append(pool, "e1", "e2")
    deliverer = Scripted(_fails_first("e1", _REFUSED), policy=KindPolicy(after_death=after_death))
    await _deliver(pool, redis, deliverer)
    assert deliverer.order == order
    row = await pool.fetchrow("select error_class, error, request, answer, parks, attempts from outbox_dead")
    assert row is not None
    assert tuple(row) == ("permanent", "HTTP 400", "POST /x", "no � good", parked is True, 1)
    assert await pool.fetchval("select parked from outbox_streams") is parked


async def test_the_last_attempt_buries(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "e1")
    deliverer = Scripted(lambda _: _NOWHERE, policy=KindPolicy(max_attempts=3))
    await _deliver(pool, redis, deliverer, rounds=4)
    assert deliverer.order == ["e1"] * 3
    assert await pool.fetchval("select attempts from outbox_dead") == 3


async def test_throttling_is_not_an_attempt_and_rests_the_account(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "e1", stream="a")
    deliverer = Scripted(_fails_first("e1", Failed(Fault("HTTP 429", Sent.ANSWERED, 429, retry_after=30.0))))
    worker = await _deliver(pool, redis, deliverer)
    row = await pool.fetchrow(
        "select waiting, fails, o.attempts, due - now() between '25 s' and '30 s' as rests "
        "from outbox_streams join outbox o using (stream)"
    )
    assert row is not None
    assert tuple(row) == ("recorder", 0, 0, True)
    await _append(pool, "b1", stream="b")
    await worker.drain()
    assert deliverer.order == ["e1"], "the other stream of the account waits as well"


async def test_a_lost_sign_in_holds_the_account_until_it_works_again(pool: asyncpg.Pool, redis: Redis) -> None:
    told: list[tuple[str, str | None]] = []

    async def on_account(_connection: Any, account: str, _error: Any, reason: str | None) -> None:
        told.append((account, reason))

    await _append(pool, "a1", stream="a")
    deliverer = Scripted(_fails_first("a1", Failed(Fault("HTTP 401", Sent.ANSWERED, 401))))
    worker = OutboxWorker(pool, redis, [deliverer], on_account=on_account)
    await worker.drain()
    await _append(pool, "b1", stream="b")
    await worker.drain()
    assert deliverer.order == ["a1"]
    assert await pool.fetchval("select state from outbox_accounts") == "needs_auth"
    assert await pool.fetchval("select sum(attempts) from outbox") == 0
    await redis.flushall()
    second = OutboxWorker(pool, redis, [deliverer], on_account=on_account)
    await pool.execute("update outbox_accounts set until = now()")
    await pool.execute("update outbox_streams set due = now()")

    async def both_are_told() -> bool:
        await second.drain()
        return len(deliverer.order) >= 3

    await eventually(both_are_told)
    assert sorted(deliverer.order) == ["a1", "a1", "b1"]
    assert await pool.fetchval("select count(*) from outbox_accounts") == 0
    assert told == [("recorder", "HTTP 401"), ("recorder", None)]


async def test_an_account_a_person_has_mended_is_told_as_held_no_more(pool: asyncpg.Pool, redis: Redis) -> None:
    told: list[tuple[str, str | None]] = []

    async def on_account(_connection: Any, account: str, _error: Any, reason: str | None) -> None:
        told.append((account, reason))

    holds = AccountHolds(pool, Gate(SharedState(redis, time.time), time.time), on_account)
    await holds.hold("recorder", ErrorClass.AUTH, "HTTP 401", 900.0)
    async with pool.acquire() as connection:
        await release(connection, "recorder")
    await holds.refresh()
    await holds.refresh()
    await holds.free("recorder")
    assert told == [("recorder", "HTTP 401"), ("recorder", None)]


async def test_an_outage_spends_no_attempts_on_probes_and_loses_nothing(pool: asyncpg.Pool, redis: Redis) -> None:
    clock = [1_700_000_000.0]
    up = [False]
    account = Account("portal", rate=1e6, burst=1e6)
    deliverer = Scripted(
        lambda _: Delivered() if up[0] else _NOWHERE, policy=KindPolicy(max_attempts=6), account=account
    )
    await _append(pool, "e1", "e2")
    worker = OutboxWorker(pool, redis, [deliverer], clock=lambda: clock[0], chance=lambda: 0.0)
    for _ in range(40):
        await pool.execute("update outbox_streams set due = now(), waiting = null")
        await worker.drain()
        clock[0] += 31.0
    assert (await pool.fetchval("select attempts from outbox where idem = 'e1'")) == 5
    up[0] = True
    await pool.execute("update outbox_streams set due = now(), waiting = null")
    await worker.drain()
    assert await pool.fetchval("select array_agg(idem order by id) from outbox_log") == ["e1", "e2"]


async def test_a_kind_nobody_delivers_waits(pool: asyncpg.Pool, redis: Redis) -> None:
    async with pool.acquire() as connection:
        await append(connection, "s", "telepathy", "t1", {})
    await _deliver(pool, redis, Recorder())
    assert await pool.fetchval("select last_error from outbox") == "no part of this installation delivers telepathy"


async def test_a_deliverer_that_raises_or_hangs_has_an_unknown_outcome(pool: asyncpg.Pool, redis: Redis) -> None:
    class Broken(Recorder):
        async def deliver(self, event: Event) -> Outcome:
            if event.stream == "raises":
                raise KeyError("bug")
            await asyncio.Event().wait()
            raise AssertionError

    await _append(pool, "e1", stream="raises")
    await _append(pool, "e2", stream="hangs")
    await _deliver(pool, redis, Broken(KindPolicy(time_limit=0.05)))
    rows = await pool.fetch("select last_error, started_at is not null as unsure from outbox order by id")
    assert [tuple(row) for row in rows] == [("KeyError('bug')", True), ("no answer within 0.05 s", True)]


async def test_a_worker_whose_lease_ran_out_starts_nothing_more(pool: asyncpg.Pool, redis: Redis) -> None:
    gate, begun = asyncio.Event(), asyncio.Event()

    class Slow(Recorder):
        async def deliver(self, event: Event) -> Outcome:
            outcome = await super().deliver(event)
            begun.set()
            await gate.wait()
            return outcome

    await _append(pool, "e1", "e2")
    slow, other = Slow(), Recorder()
    first = OutboxWorker(pool, redis, [slow], limits=Limits(lease=1000.0))
    task = asyncio.create_task(first.drain())
    await begun.wait()
    await pool.execute("update outbox_streams set lease = '-infinity'")
    await OutboxWorker(pool, redis, [other]).drain()
    gate.set()
    await task
    assert (slow.order, other.order, other.verified) == (["e1"], ["e1", "e2"], ["e1"])
    assert await pool.fetchval("select count(*) from outbox") == 0


async def test_a_release_waits_for_an_appender_and_leaves_its_event(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "e1")
    deliverer = Recorder()
    async with pool.acquire() as connection, connection.transaction():
        claimed = await claim(pool, uuid4(), limit=1, lease=0.0, shut=())
        assert [event.idem for event in claimed[0].events] == ["e1"]
        await append(connection, "s", "note", "e2", {})
    await _deliver(pool, redis, deliverer)
    assert deliverer.order == ["e1", "e2"]
    assert await pool.fetchval("select count(*) from outbox_streams") == 0


async def test_an_append_in_the_middle_of_a_delivery_is_not_lost(pool: asyncpg.Pool, redis: Redis) -> None:
    class Appending(Recorder):
        async def deliver(self, event: Event) -> Outcome:
            if event.idem == "e1":
                await _append(pool, "e2")
            return await super().deliver(event)

    await _append(pool, "e1")
    deliverer = Appending()
    await _deliver(pool, redis, deliverer)
    assert deliverer.order == ["e1", "e2"]


async def test_with_valkey_gone_deliveries_go_on(pool: asyncpg.Pool) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1")
    await _append(pool, "e1", "e2")
    deliverer = Recorder()
    await _deliver(pool, nowhere, deliverer)
    assert deliverer.order == ["e1", "e2"]
    await nowhere.aclose()


async def test_a_stream_goes_on_when_its_turn_comes_and_no_poll_later(pool: asyncpg.Pool, redis: Redis) -> None:
    await _append(pool, "a", stream="a")
    await _append(pool, "b", stream="b")
    deliverer = Recorder(account=Account("recorder", rate=5.0, burst=1.0))
    worker = OutboxWorker(pool, redis, [deliverer], limits=Limits(poll=3600.0))
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(60):
        while len(deliverer.order) < 2:  # noqa: ASYNC110  (the deliverer is driven by the worker)
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert sorted(deliverer.order) == ["a", "b"]
