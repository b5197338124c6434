"""Breakers and buckets in Valkey, and without it."""

import asyncio
import itertools
import math
import random
from importlib import resources

import pytest
from redis.asyncio import Redis

from trunkline.outbox.breaker import Breaker, Tally, record
from trunkline.outbox.bucket import Bucket, take
from trunkline.outbox.event import Account, BreakerPolicy
from trunkline.outbox.gate import Admitted, Gate, Held
from trunkline.outbox.shared import SharedState


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def nowhere() -> Redis:
    """A client of a server that is not there."""
    return Redis.from_url("redis://127.0.0.1:1")


async def test_the_lua_bucket_and_the_python_one_give_the_same(redis: Redis) -> None:
    script = redis.register_script(resources.files("trunkline.outbox").joinpath("bucket.lua").read_text())
    dice = random.Random(7)
    for round_ in range(30):
        rate, burst = dice.choice((0.5, 2.0, 50.0, 1000.0)), dice.choice((1.0, 5.0, 40.5))
        now = 1_700_000_000.0
        bucket = Bucket(burst, now, pause=dice.choice((0.0, 0.0, now + 1.5)))
        await redis.hset(f"b{round_}", mapping={"at": repr(now), "pause": repr(bucket.pause)})
        for _ in range(40):
            now += dice.choice((0.0, 0.01, 0.3, 2.0, -0.05))
            want, reserve = dice.choice((0, 1, 3, 50)), dice.choice((0.0, 0.0, 0.5, 4.0))
            bucket, granted, wait = take(bucket, now=now, rate=rate, burst=burst, want=want, reserve=reserve)
            lua_granted, lua_wait = await script([f"b{round_}"], [repr(now), rate, burst, want, reserve])
            assert (lua_granted, lua_wait) == (granted, round(wait * 1000))


async def test_workers_share_a_limit_through_valkey(redis: Redis) -> None:
    clock = Clock()
    account = Account("portal", rate=2.0, burst=5.0)
    first, second = SharedState(redis, clock), SharedState(redis, clock)
    assert [await first.take(account, 4), await second.take(account, 4)] == [(4, 0.0), (1, 0.5)]
    clock.now += 1.0
    assert await second.take(account, 9) == (2, 0.5)
    await first.pause("portal", 10.0)
    assert await second.take(account, 1) == (0, 10.0)
    clock.now += 10.0
    assert (await first.take(account, 1))[0] == 1


async def test_a_lane_leaves_the_rest_of_the_burst_to_what_is_more_urgent(redis: Redis) -> None:
    clock = Clock()
    live, sync = Account("portal", rate=2.0, burst=5.0), Account("portal", rate=2.0, burst=5.0, reserve=3.0)
    gate = Gate(SharedState(redis, clock), clock)
    told = await asyncio.gather(*(gate.admit(account) for account in (sync, sync, sync, live, live)))
    # The live ones first, though they asked last: five tokens, of which the others must leave three.
    assert told == [Held(0.5), Held(1.0), Held(1.5), Admitted(), Admitted()]
    clock.now += 0.5
    assert await gate.admit(sync) == Admitted()
    assert await gate.admit(sync) == Held(0.5)
    assert await asyncio.gather(*(gate.admit(live) for _ in range(3))) == [Admitted()] * 3


async def test_without_valkey_each_worker_goes_at_half_the_rate(nowhere: Redis) -> None:
    clock = Clock()
    shared = SharedState(nowhere, clock)
    account = Account("portal", rate=10.0, burst=8.0)
    assert await shared.take(account, 9) == (4, 0.2)
    await shared.pause("portal", 3.0)
    assert await shared.take(account, 9) == (0, 3.0)
    await nowhere.aclose()


async def test_concurrent_reports_to_one_breaker_all_count(redis: Redis) -> None:
    clock = Clock()
    policy = BreakerPolicy(consecutive=1000, least=1000)
    states = [SharedState(redis, clock) for _ in range(5)]

    def failed(breaker: Breaker) -> tuple[Breaker, bool]:
        return record(breaker, policy, Tally(failed=1, trailing=1), clock.now), True

    for _ in range(10):
        await asyncio.gather(*(state.step("portal", failed) for state in states))
    await states[0].step("portal", lambda breaker: (breaker, True))
    assert states[0].last_seen("portal").consecutive == 50


async def test_a_breaker_opened_by_one_worker_shuts_the_others_and_survives_valkeys_loss(redis: Redis) -> None:
    clock = Clock()
    account = Account("portal", rate=1e6, burst=1e6)
    gates = [Gate(SharedState(redis, clock), clock) for _ in range(2)]
    assert await gates[0].admit(account) == Admitted()
    for _ in range(5):
        gates[0].report(account, success=False, probe=False)
    assert await gates[0].admit(account) == Held(30.0)
    assert (await gates[1].admit(account), gates[1].shut()) == (Held(30.0), ["portal"])
    await redis.flushall()
    clock.now += 30.0
    assert gates[1].shut() == []


async def test_a_gate_asks_once_for_all_who_wait_together(redis: Redis) -> None:
    clock = Clock()
    account = Account("portal", rate=2.0, burst=3.0)
    gate = Gate(SharedState(redis, clock), clock)
    before = int((await redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0))
    admissions = await asyncio.gather(*(gate.admit(account) for _ in range(40)))
    after = int((await redis.info("commandstats"))["cmdstat_evalsha"]["calls"])
    assert admissions[:3] == [Admitted()] * 3
    delays = [held.delay for held in admissions[3:] if isinstance(held, Held)]
    assert len(delays) == 37
    assert all(math.isclose(b - a, 0.5) for a, b in itertools.pairwise(delays))
    assert after - before <= 4


async def test_after_the_pause_one_probe_goes_and_its_success_opens_the_road(nowhere: Redis) -> None:
    clock = Clock()
    account = Account("portal", rate=1e6, burst=1e6)
    gate = Gate(SharedState(None, clock), clock)
    for _ in range(5):
        gate.report(account, success=False, probe=False)
    assert isinstance(await gate.admit(account), Held)
    clock.now += 30.0
    admissions = await asyncio.gather(*(gate.admit(account) for _ in range(3)))
    assert [isinstance(each, Admitted) and each.probe for each in admissions] == [True, False, False]
    gate.report(account, success=True, probe=True)
    assert await gate.admit(account) == Admitted()
    await nowhere.aclose()
