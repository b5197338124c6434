"""The buckets: the arithmetic, Valkey's copy of it, and what counts when Valkey is away."""

import socket
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from trunkline.people.throttle import Bucket, Level, Throttle, take

BUCKET = Bucket("test", capacity=3, seconds=10)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def tries_of(steps: list[tuple[float, int]]) -> list[float]:
    """Waits that `take` tells for (seconds later, cost) steps."""
    level: Level | None = None
    now, waits = 1_000_000.0, []
    for later, cost in steps:
        now += later
        level, wait = take(BUCKET, level, now, cost)
        waits.append(wait)
    return waits


@pytest.mark.parametrize(
    ("steps", "waits"),
    [
        ([(0, 1)] * 4, [0, 0, 0, 10]),
        ([(0, 1)] * 3 + [(4, 1), (6, 1), (0, 1)], [0, 0, 0, 6, 0, 10]),
        ([(0, 1)] * 3 + [(0, -1), (0, 1), (0, 1)], [0, 0, 0, 0, 0, 10]),
        ([(0, -1)] * 5 + [(0, 1)] * 4, [0] * 8 + [10]),
        ([(0, 1)] * 3 + [(1000, 1)] + [(0, 1)] * 3, [0] * 6 + [10]),
        ([(0, 1)] * 3 + [(-50, 1)], [0, 0, 0, 10]),
    ],
)
def test_take(steps: list[tuple[float, int]], waits: list[float]) -> None:
    assert tries_of(steps) == pytest.approx(waits)


@given(st.lists(st.floats(0, 30), max_size=60))
def test_never_more_than_the_capacity_and_the_refill(pauses: list[float]) -> None:
    allowed = tries_of([(pause, 1) for pause in pauses]).count(0)

    assert allowed <= BUCKET.capacity + sum(pauses) / BUCKET.seconds


steps = st.lists(st.tuples(st.floats(-5, 30), st.sampled_from([1, 1, 1, -1])), max_size=20)


@given(steps=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_valkey_counts_as_we_do(redis: Redis, steps: list[tuple[float, int]]) -> None:
    await redis.flushall()
    clock = Clock()
    throttle = Throttle(redis, clock)
    waits = []
    for later, cost in steps:
        clock.now += later
        if cost > 0:
            waits.append(await throttle.take(BUCKET, "x"))
        else:
            await throttle.give_back(BUCKET, "x")
            waits.append(0.0)

    assert waits == pytest.approx(tries_of(steps), abs=1e-3)


@pytest.fixture
async def no_valkey() -> AsyncIterator[Redis]:
    """A client of a port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        client: Redis = Redis.from_url(f"redis://127.0.0.1:{held.getsockname()[1]}")
        yield client
        await client.aclose()


async def test_without_valkey_it_is_counted_here(no_valkey: Redis) -> None:
    clock = Clock()
    throttle = Throttle(no_valkey, clock)

    waits = [await throttle.take(BUCKET, "x") for _ in range(4)]
    other = await throttle.take(BUCKET, "y")
    clock.now += 10
    later = [await throttle.take(BUCKET, "x") for _ in range(2)]
    await throttle.forgive(BUCKET, "x")
    forgiven = await throttle.take(BUCKET, "x")

    assert (waits, other, later, forgiven) == ([0, 0, 0, 10], 0, [0, 10], 0)


async def test_keys_say_nothing_and_expire(redis: Redis) -> None:
    await Throttle(redis).take(BUCKET, "anna")

    (key,) = await redis.keys()
    assert b"anna" not in key
    assert 0 < await redis.ttl(key) <= 31
