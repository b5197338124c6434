"""How often a password or a code may be tried: token buckets in Valkey, in this process when Valkey is away."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.crypto import token_hash
from trunkline.log import get_logger

log = get_logger(__name__)

_VALKEY_SECONDS = 0.5
_MOST_LOCAL = 20_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """`capacity` tries at once, then one every `seconds`."""

    name: str
    capacity: int
    seconds: float


BY_LOGIN: Final = Bucket("login", capacity=8, seconds=60)
BY_ADDRESS: Final = Bucket("address", capacity=40, seconds=10)
BY_CODE: Final = Bucket("code", capacity=5, seconds=120)


@dataclass(frozen=True, slots=True)
class Level:
    """What is left in a bucket, and as of when (Unix seconds)."""

    tries: float
    at: float


def take(bucket: Bucket, level: Level | None, now: float, cost: int = 1) -> tuple[Level, float]:
    """The level after one try, and 0, or after none and the seconds until the next is allowed. Pure.

    A `cost` of -1 gives a try back.
    """
    tries = float(bucket.capacity)
    if level is not None:
        tries = min(tries, level.tries + max(0.0, now - level.at) / bucket.seconds)
    if tries < cost:
        return Level(tries, now), (cost - tries) * bucket.seconds
    return Level(min(tries - cost, bucket.capacity), now), 0.0


# The same arithmetic as `take`, where all processes and nodes see one level; tests hold the two together.
_TAKE = """
local capacity, seconds, now, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local level = redis.call('HMGET', KEYS[1], 'tries', 'at')
local tries, wait = capacity, 0
if level[1] then
    tries = math.min(capacity, tonumber(level[1]) + math.max(0, now - tonumber(level[2])) / seconds)
end
if tries < cost then wait = (cost - tries) * seconds else tries = math.min(capacity, tries - cost) end
redis.call('HSET', KEYS[1], 'tries', string.format('%.9f', tries), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(capacity * seconds) + 1)
return string.format('%.6f', wait)
"""


class Throttle:
    """Buckets by what is tried; never unlimited, whatever is down."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock
        self._take = redis.register_script(_TAKE)
        self._local: OrderedDict[str, Level] = OrderedDict()

    async def take(self, bucket: Bucket, what: str) -> float:
        """Use up one try; 0, or the seconds to wait when there is none."""
        return await self._change(bucket, what, 1)

    async def give_back(self, bucket: Bucket, what: str) -> None:
        """Undo one `take`."""
        await self._change(bucket, what, -1)

    async def forgive(self, bucket: Bucket, what: str) -> None:
        """Fill the bucket up again: who tried has shown that he may."""
        key = self._key(bucket, what)
        self._local.pop(key, None)
        try:
            async with asyncio.timeout(_VALKEY_SECONDS):
                await self._redis.delete(key)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("throttle_is_local", reason=type(error).__name__)

    async def _change(self, bucket: Bucket, what: str, cost: int) -> float:
        key, now = self._key(bucket, what), self._clock()
        try:
            async with asyncio.timeout(_VALKEY_SECONDS):
                return float(await self._take([key], [bucket.capacity, bucket.seconds, now, cost]))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("throttle_is_local", reason=type(error).__name__)
            return self._change_local(bucket, key, now, cost)

    def _change_local(self, bucket: Bucket, key: str, now: float, cost: int) -> float:
        level, wait = take(bucket, self._local.pop(key, None), now, cost)
        self._local[key] = level
        if len(self._local) > _MOST_LOCAL:
            self._local.popitem(last=False)
        return wait

    @staticmethod
    def _key(bucket: Bucket, what: str) -> str:
        return f"throttle:{bucket.name}:{token_hash(what).hex()}"
