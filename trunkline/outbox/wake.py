"""Waking workers after a commit, by Valkey pub/sub; a poll covers what a lost message would leave waiting."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NoReturn

from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.channel import follow

OUTBOX_WAKE = "trunkline:wake:outbox"
JOBS_WAKE = "trunkline:wake:jobs"

POLL_SECONDS = 0.25
_PATIENCE_SECONDS = 0.2


async def wake(redis: "Redis | None", *channels: str) -> None:
    """Tell the workers of `channels` that there is work; never raises, for the poll will find it too."""
    if redis is not None:
        await publish(redis, [(channel, b"") for channel in channels])


async def publish(redis: Redis, messages: Iterable[tuple[str, bytes]]) -> None:
    """Say `messages` (channel, payload) to whoever listens now, in their order; never raises."""
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for channel, payload in messages:
                await redis.publish(channel, payload)


class Alarm:
    """An event that a wake sets, and that a worker waits for with the poll as its limit."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    def ring_in(self, seconds: float) -> None:
        """Ring when something that waits is due."""
        asyncio.get_running_loop().call_later(seconds, self.ring)

    async def wait(self, limit: float = POLL_SECONDS) -> None:
        """Return at the next ring, or after `limit` seconds; rings since the last wait count."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._event.wait()
        self._event.clear()


async def listen(redis: Redis, alarms: Mapping[str, Iterable[Alarm]]) -> NoReturn:
    """Ring the alarms of each channel until cancelled; while Valkey is away only the poll is left."""

    def ring(wanted: Iterable[Alarm], _message: bytes) -> None:
        for alarm in wanted:
            alarm.ring()

    await follow(redis, {channel: partial(ring, tuple(wanted)) for channel, wanted in alarms.items()})
