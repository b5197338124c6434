"""Breakers and token buckets shared by all workers through Valkey, or each worker's own while Valkey is away.

Valkey away means: limits hold per worker at half the rate, and each worker learns of a broken account by itself. What
a person must mend (a lost sign-in) is a row of outbox_accounts and survives both.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.log import get_logger
from trunkline.outbox.breaker import Breaker
from trunkline.outbox.bucket import Bucket, take
from trunkline.outbox.event import Account

_LOCAL_SHARE = 0.5
_PATIENCE_SECONDS = 0.25
_AWAY_SECONDS = 1.0
_SWAPS = 8
_STATE_MS = 24 * 3600 * 1000

_SWAP = """
if (redis.call('GET', KEYS[1]) or '') == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return 0
"""

_log = get_logger(__name__)

T = TypeVar("T")
Step = Callable[[Breaker], tuple[Breaker, T]]


class SharedState:
    """The accounts' breakers and buckets; `clock` gives Unix seconds."""

    def __init__(self, redis: Redis | None, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}
        self._buckets: dict[str, Bucket] = {}
        self._away_until = 0.0 if redis is not None else float("inf")
        if redis is not None:
            lua = resources.files("trunkline.outbox").joinpath("bucket.lua").read_text(encoding="utf-8")
            self._bucket_script = redis.register_script(lua)
            self._swap_script = redis.register_script(_SWAP)

    def last_seen(self, account: str) -> Breaker:
        """The breaker as this worker saw it last."""
        return self._breakers.get(account, Breaker())

    async def step(self, account: str, step: Step[T]) -> T:
        """Apply a pure step to the account's breaker and return what it said."""

        async def shared(redis: Redis) -> T | None:
            for _ in range(_SWAPS):
                raw = await redis.get(_breaker_key(account)) or b""
                kept = raw.encode() if isinstance(raw, str) else raw
                before = msgspec.json.decode(kept, type=Breaker) if kept else Breaker()
                after, said = step(before)
                self._breakers[account] = after
                if after == before:
                    return said
                swapped = await self._swap_script(
                    [_breaker_key(account)], [kept, msgspec.json.encode(after), _STATE_MS]
                )
                if swapped:
                    return said
            return None

        said = await self._try(shared)
        if said is None:
            self._breakers[account], said = step(self.last_seen(account))
        return said

    async def take(self, account: Account, want: int) -> tuple[int, float]:
        """How many of `want` requests may go now, and the seconds until one more may."""
        now = self._clock()

        async def shared(redis: Redis) -> tuple[int, float]:
            arguments: list[str | float] = [repr(now), account.rate, account.burst, want, account.reserve]
            granted, wait_ms = await self._bucket_script([_bucket_key(account.name)], arguments, client=redis)
            return int(granted), int(wait_ms) / 1000

        answer = await self._try(shared)
        if answer is not None:
            return answer
        burst = max(1.0, account.burst * _LOCAL_SHARE)
        bucket = self._buckets.get(account.name) or Bucket(burst, now)
        reserve = min(account.reserve * _LOCAL_SHARE, burst - 1)
        self._buckets[account.name], granted, wait = take(
            bucket, now=now, rate=account.rate * _LOCAL_SHARE, burst=burst, want=want, reserve=reserve
        )
        return granted, wait

    async def pause(self, account: str, seconds: float) -> None:
        """Let nothing go to the account for so long: it said so."""
        until = self._clock() + seconds

        async def shared(redis: Redis) -> bool:
            await redis.hset(_bucket_key(account), "pause", repr(until))
            await redis.pexpire(_bucket_key(account), int(seconds * 1000) + 3_600_000)
            return True

        if await self._try(shared) is None:
            kept = self._buckets.get(account) or Bucket(1.0, self._clock())
            self._buckets[account] = Bucket(kept.tokens, kept.at, until)

    async def _try(self, request: Callable[[Redis], Awaitable[T | None]]) -> T | None:
        if self._redis is None or self._clock() < self._away_until:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await request(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("valkey_away", error=repr(error))
            self._away_until = self._clock() + _AWAY_SECONDS
            return None


def _breaker_key(account: str) -> str:
    return f"trunkline:outbox:{{{account}}}:breaker"


def _bucket_key(account: str) -> str:
    return f"trunkline:outbox:{{{account}}}:bucket"
