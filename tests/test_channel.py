"""Following a channel: what is said arrives, a lost subscription is made again and told, a cancellation is obeyed."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import TimeoutError as RedisTimeoutError

from tests.fakes.waiting import eventually
from trunkline.background import end
from trunkline.channel import follow


@asynccontextmanager
async def following(redis: Redis, said: list[bytes], heard: list[bool]) -> AsyncIterator[None]:
    takers = {"test:one": said.append, "test:two": said.append}
    task = asyncio.create_task(follow(redis, takers, heard=heard.append, away_seconds=0.01))
    try:
        yield
        assert not task.done()
    finally:
        await end([task])


async def test_a_lost_subscription_is_made_again_and_told(redis: Redis) -> None:
    said: list[bytes] = []
    heard: list[bool] = []
    async with following(redis, said, heard):
        await eventually(lambda: heard == [True, True])
        await redis.publish("test:one", b"first")
        await redis.publish("test:two", b"second")
        await eventually(lambda: said == [b"first", b"second"])
        await redis.client_kill_filter(_type="pubsub")
        await eventually(lambda: heard.count(True) == 4)
        await redis.publish("test:two", b"third")
        await eventually(lambda: said == [b"first", b"second", b"third"])


async def test_valkey_that_is_away_is_tried_again() -> None:
    said: list[bytes] = []
    heard: list[bool] = []
    nowhere: Redis = Redis(port=1)
    async with following(nowhere, said, heard):
        await eventually(lambda: len(heard) > 1)
    assert not any(heard)
    await nowhere.aclose()


async def test_a_connection_the_system_gave_up_is_left(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bytes] = []
    heard: list[bool] = []
    made: list[Any] = []
    make = redis.pubsub

    def remembered() -> PubSub:
        made.append(make())
        return cast("PubSub", made[-1])

    monkeypatch.setattr(redis, "pubsub", remembered)
    async with following(redis, said, heard):
        await eventually(lambda: heard == [True, True])
        # What asyncio tells a reader when the other side's machine has answered nothing for too long.
        made[0].connection._reader.set_exception(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))
        await eventually(lambda: heard.count(True) == 4)
        await redis.publish("test:one", b"heard again")
        await eventually(lambda: said == [b"heard again"])


class _Swallowing:
    """A driver that takes a cancellation for its own time-out, as redis 8.1 does while it connects."""

    def __init__(self) -> None:
        self.connecting = asyncio.Event()

    @asynccontextmanager
    async def pubsub(self) -> AsyncIterator["_Swallowing"]:
        yield self

    async def subscribe(self, *_channels: str) -> None:
        self.connecting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise RedisTimeoutError("Timeout connecting to server") from error


async def test_a_cancellation_the_driver_swallows_is_obeyed_all_the_same() -> None:
    driver = _Swallowing()
    task = asyncio.create_task(follow(cast("Any", driver), {"test": lambda _: None}))
    await driver.connecting.wait()
    task.cancel()
    await asyncio.wait([task], timeout=30)
    assert task.cancelled()
