"""Waking workers after a commit, by Valkey pub/sub; a poll covers what a lost message would leave waiting."""

import asyncio
import contextlib
from collections.abc import Iterable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.background import obey_cancelling
from trunkline.log import get_logger

OUTBOX_WAKE = "trunkline:wake:outbox"
JOBS_WAKE = "trunkline:wake:jobs"

POLL_SECONDS = 0.25
_AWAY_SECONDS = 1.0
_PATIENCE_SECONDS = 0.2

_log = get_logger(__name__)


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

    async def wait(self, limit: float = POLL_SECONDS) -> None:
        """Return at the next ring, or after `limit` seconds; rings since the last wait count."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._event.wait()
        self._event.clear()


async def listen(redis: Redis, alarms: dict[str, Iterable[Alarm]]) -> None:
    """Ring the alarms of each channel until cancelled; while Valkey is away only the poll is left."""
    away = False
    while True:
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(*alarms)
                away = False
                async for message in subscription.listen():
                    for alarm in alarms[message["channel"].decode()]:
                        alarm.ring()
        except (RedisError, OSError) as error:
            obey_cancelling()
            if not away:
                _log.warning("wake_channel_lost", error=repr(error))
            away = True
        await asyncio.sleep(_AWAY_SECONDS)
