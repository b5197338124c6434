"""The question's own copy of device states, fed by Valkey; losing it costs a filter, never an answer."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from router.devices import NO_PHONES, Phones
from trunkline.background import obey_cancelling
from trunkline.channel import require_alive
from trunkline.log import get_logger
from trunkline.pbx.devices import (
    PROVED_AT,
    STALE_SECONDS,
    DeviceState,
    decode_change,
    device_key,
    device_states,
    plain,
    text,
)
from trunkline.pbx.live import read_live

log = get_logger(__name__)

# redis 8.1 mends a broken subscription in silence; what was published meanwhile is in the hashes.
_REREAD_SECONDS = 2.0
_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
_PREFIX = device_key("")


class DeviceFeed:
    """States of every PBX's devices; unknown while Valkey is away or a link's proof is older than 30 s."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._phones: dict[str, Phones] = {}
        self._proved_at: dict[str, float] = {}
        self._lengths: dict[str, dict[str, int]] = {}
        self.connected = False

    def state(self, pbx: str, extension: str) -> DeviceState:
        """The device's state, unknown when it cannot be believed."""
        return self.phones(pbx).states.get(extension, DeviceState.UNKNOWN)

    def phones(self, pbx: str) -> Phones:
        """States and counts by extension, none when they cannot be believed."""
        return self._phones.get(pbx, NO_PHONES) if self.trusted(pbx) else NO_PHONES

    def length(self, pbx: str, queue: str) -> int | None:
        """Callers waiting in the PBX's queue, None when it cannot be believed."""
        lengths = self._lengths.get(pbx)
        return lengths.get(queue) if lengths and self.trusted(pbx) else None

    def trusted(self, pbx: str) -> bool:
        """False without Valkey, and when the link of `pbx` was proved before but not in the last 30 s."""
        if not self.connected:
            return False
        proved_at = self._proved_at.get(pbx)
        return proved_at is None or self._clock() - proved_at <= STALE_SECONDS

    def take(self, pbx: str, message: bytes) -> None:
        """Apply one published change; what cannot be read is left out."""
        try:
            states, proved_at = decode_change(message)
            live = read_live(msgspec.json.decode(message))
        except (msgspec.DecodeError, ValueError):
            log.warning("device_change_unreadable", pbx=pbx)
            return
        self._lengths.setdefault(pbx, {}).update(live.lengths)
        if states or live.counts:
            known = self._phones.get(pbx, NO_PHONES)
            self._phones[pbx] = Phones({**known.states, **states}, {**known.counts, **live.counts})
        if proved_at is not None:
            self._proved_at[pbx] = proved_at

    async def follow(self, redis: "Redis") -> None:
        """Follow Valkey for ever; while it is away all states are unknown."""
        while True:
            try:
                await self._follow_once(redis)
            except (RedisError, OSError, TimeoutError) as error:
                if self.connected:
                    log.warning("presence_lost", reason=str(error) or type(error).__name__)
            finally:
                self.connected = False
            await asyncio.sleep(_RETRY_SECONDS)

    async def _follow_once(self, redis: "Redis") -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.psubscribe(f"{_PREFIX}*")
            while True:
                await self._reread(redis)
                obey_cancelling()
                self.connected = True
                await self._take_messages(pubsub)

    async def _take_messages(self, pubsub: PubSub) -> None:
        """Messages of the next two seconds; after them the hashes are read again, for a message may be lost."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _REREAD_SECONDS
        while (left := until - loop.time()) > 0:
            message = await pubsub.get_message(timeout=left)
            if message is None:
                require_alive(pubsub)
            else:
                self.take(text(message["channel"]).removeprefix(_PREFIX), message["data"])

    async def _reread(self, redis: "Redis") -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            keys = [text(key) async for key in redis.scan_iter(f"{_PREFIX}*", count=1000)]
            for key in keys:
                self._take_hash(key.removeprefix(_PREFIX), plain(await redis.hgetall(key)))

    def _take_hash(self, pbx: str, fields: dict[str, str]) -> None:
        with suppress(ValueError):
            if (proved_at := fields.pop(PROVED_AT, None)) is not None:
                self._proved_at[pbx] = float(proved_at)
        live = read_live(fields)
        self._lengths[pbx] = live.lengths
        phones = Phones(device_states(fields), live.counts)
        if phones != self._phones.get(pbx):
            self._phones[pbx] = phones
