"""Who sees a card of ours in any process: told through Valkey, gone by itself when a process dies."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from softphone_card.room import Room
from trunkline.background import obey_cancelling
from trunkline.log import get_logger

REFRESH_SECONDS = 5.0
BELIEVED_SECONDS = 15.0
_PATIENCE_SECONDS = 1.0

_log = get_logger(__name__)


class Sight:
    """This process's part is exact; of the others it is known what they said in the last 15 s."""

    def __init__(self, room: Room, redis: Redis, *, clock: Callable[[], float] = time.time) -> None:
        self._room = room
        self._redis = redis
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._told: frozenset[UUID] = frozenset()

    async def keep_told(self) -> None:
        """Tell who looks here, at once when it changes and every 5 s; until cancelled."""
        while True:
            self._room.looked.clear()
            try:
                await self._tell(self._room.looking())
            except (RedisError, OSError, TimeoutError) as error:
                obey_cancelling()
                _log.debug("card_sight_untold", error=repr(error))
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await self._room.looked.wait()
            except TimeoutError:
                continue

    async def seen_by(self, people: Iterable[UUID]) -> frozenset[UUID]:
        """Which of them see a card; without Valkey only what this process knows."""
        here = self._room.looking()
        asked = list(dict.fromkeys(people))
        seen = {person for person in asked if person in here}
        elsewhere = [person for person in asked if person not in here]
        if elsewhere:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                    for person in elsewhere:
                        pipeline.zcount(_key(person), self._clock(), "+inf")
                    counts = await pipeline.execute()
                seen |= {person for person, count in zip(elsewhere, counts, strict=True) if count}
            except (RedisError, OSError, TimeoutError) as error:
                obey_cancelling()
                _log.debug("card_sight_unknown", error=repr(error))
        return frozenset(seen)

    async def _tell(self, looking: frozenset[UUID]) -> None:
        gone, until = self._told - looking, self._clock() + BELIEVED_SECONDS
        if not gone and not looking:
            return
        async with asyncio.timeout(_PATIENCE_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
            for person in gone:
                pipeline.zrem(_key(person), self._process)
            for person in looking:
                pipeline.zadd(_key(person), {self._process: until})
                pipeline.expire(_key(person), int(BELIEVED_SECONDS * 2))
            await pipeline.execute()
        self._told = looking


def _key(person: UUID) -> str:
    return f"card:seen:{person}"
