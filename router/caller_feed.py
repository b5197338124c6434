"""Tells the other question processes who has just called, and hears it from them, through Valkey.

Whoever calls again may meet another machine. What is lost here costs a person one digit to press (router/callers.py).
"""

import asyncio
from collections import deque

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from router.callers import Callers
from trunkline.channel import follow
from trunkline.log import get_logger

log = get_logger(__name__)

CHANNEL = "router:callers"
_TELL_SECONDS = 0.2
_MOST_UNTOLD = 2_000
_MOST_AT_ONCE = 500

Told = tuple[str, str, float]
"""Number, the PBX's id of the call, when it began (Unix seconds)."""

_DECODER = msgspec.msgpack.Decoder(list[Told])


class CallerFeed:
    """Keeps `callers` level with those of the other processes."""

    def __init__(self, callers: Callers) -> None:
        self.callers = callers
        self._untold: deque[Told] = deque(maxlen=_MOST_UNTOLD)

    def note(self, number: str, call_id: str, at: float) -> None:
        """A turn of a call from `number` was answered; only a call's first is told on."""
        if self.callers.note(number, call_id, at):
            self._untold.append((number, call_id, at))

    def take(self, message: bytes) -> None:
        """What another process told; anything else is left out."""
        try:
            told = _DECODER.decode(message)
        except msgspec.DecodeError:
            log.warning("callers_unreadable")
            return
        for number, call_id, at in told:
            self.callers.note(number, call_id, at)

    async def tell(self, redis: "Redis") -> None:
        """Tell what is new, for ever; while Valkey is away the newest are kept."""
        while True:
            while self._untold:
                batch = [self._untold.popleft() for _ in range(min(len(self._untold), _MOST_AT_ONCE))]
                try:
                    await redis.publish(CHANNEL, msgspec.msgpack.encode(batch))
                except (RedisError, OSError, TimeoutError):
                    self._untold.extendleft(reversed(batch))
                    break
            await asyncio.sleep(_TELL_SECONDS)

    async def hear(self, redis: "Redis") -> None:
        """Hear the others, for ever."""
        await follow(redis, {CHANNEL: self.take})
