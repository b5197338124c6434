"""Tells browsers of rings while their owners see no card; one task a ring, a bounded number of them.

Every process with the feed hears of every ring; who sets the ring's key in Valkey first tells it, and tells its end.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from softphone_card.feed import Feed, Key
from softphone_card.push.letter import RING_SECONDS, is_news, over, ring
from softphone_card.push.mailman import Mailman
from softphone_card.push.sight import Sight
from softphone_card.push.store import Target
from trunkline.background import end, obey_cancelling
from trunkline.calls.agents import AgentEvent
from trunkline.calls.agents_now import AgentState
from trunkline.crypto import WrongKey
from trunkline.log import get_logger
from trunkline.web.metrics import CARD_PUSHES

_MOST_AT_ONCE: Final = 200
_MOST_TOLD: Final = 2_000
_PATIENCE_SECONDS: Final = 1.0
_CLAIM_SECONDS: Final = 4 * RING_SECONDS

_log = get_logger(__name__)


class _Told(NamedTuple):
    row: AgentEvent
    targets: Sequence[Target]


class Pusher:
    """Follows each ring until it is over; what it is told of, it looks up anew, so that nothing old is sent."""

    def __init__(
        self, feed: Feed, sight: Sight, redis: Redis, mailman: Mailman, most_at_once: int = _MOST_AT_ONCE
    ) -> None:
        self._feed = feed
        self._sight = sight
        self._redis = redis
        self._mailman = mailman
        self.most_at_once = most_at_once
        """Rings that are being told; more are not."""
        self._told: OrderedDict[Key, _Told] = OrderedDict()
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._again: set[Key] = set()

    def hear(self, events: Sequence[AgentEvent]) -> None:
        """A watcher of the feed."""
        for event in events:
            key = (event.call_id, event.extension)
            if key in self._tasks:
                self._again.add(key)
            elif key in self._told or event.state == AgentState.RINGING:
                self._begin(key)

    @property
    def busy(self) -> int:
        """How many rings are being told."""
        return len(self._tasks)

    async def close(self) -> None:
        """Leave what is being told."""
        await end(tuple(self._tasks.values()))

    def _begin(self, key: Key) -> None:
        if len(self._tasks) >= self.most_at_once:
            CARD_PUSHES.labels("dropped").inc()
            return
        task = self._tasks[key] = asyncio.create_task(self._follow(key), name="card push")
        task.add_done_callback(partial(self._ended, key))

    def _ended(self, key: Key, task: "asyncio.Task[None]") -> None:
        del self._tasks[key]
        self._again.discard(key)
        if not task.cancelled() and (error := task.exception()):
            _log.error("card_push_broke", error=repr(error))

    async def _follow(self, key: Key) -> None:
        """Tell how it stands, as long as more is heard of it."""
        while True:
            self._again.discard(key)
            try:
                await self._tell(key)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, WrongKey) as error:
                _log.warning("card_push_failed", error=repr(error))
            if key not in self._again:
                return

    async def _tell(self, key: Key) -> None:
        row = self._feed.row(key)
        rings = row is not None and row.state == AgentState.RINGING
        told = self._told.get(key)
        if row is not None and rings and told is None:
            await self._tell_ring(key, row)
        elif told is not None and not rings:
            del self._told[key]
            write = partial(over, told.row, own=row is not None, answered=self._feed.talks(key[0]))
            await self._mailman.deliver(told.targets, told.row.other, write)

    async def _tell_ring(self, key: Key, row: AgentEvent) -> None:
        if not is_news(row, datetime.now(UTC)):
            return
        targets = await self._mailman.targets(row.extension)
        seen = await self._sight.seen_by(target.person for target in targets) if targets else frozenset()
        wanted = [target for target in targets if target.person not in seen]
        if not wanted or not await self._is_mine(key):
            return
        self._told[key] = _Told(row, wanted)
        while len(self._told) > _MOST_TOLD:
            self._told.popitem(last=False)
        await self._mailman.deliver(wanted, row.other, partial(ring, row))

    async def _is_mine(self, key: Key) -> bool:
        """Whether no other process tells this ring; without Valkey each does: the browser shows one all the same."""
        name = f"card:push:{key[0]}:{key[1]}"
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return bool(await self._redis.set(name, 1, nx=True, ex=_CLAIM_SECONDS))
        except (RedisError, OSError, TimeoutError):
            obey_cancelling()
            return True
