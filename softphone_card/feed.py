"""The cards' feed: who of ours is in which call, kept level once a process and handed out by extension.

News comes over Valkey after its commit; what is lost there is made good by the table, which is read at every
subscription and compared every few seconds by a mark that costs nothing.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import asyncpg
import msgspec
from redis.asyncio import Redis

from softphone_card.message import Changed, State
from trunkline.calls.agents import AGENTS_CHANNEL, GONE, AgentEvent, agents_mark, every_agent
from trunkline.calls.agents_now import AgentState
from trunkline.channel import follow
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm

_REMEMBERED_GONE = 2_000

_log = get_logger(__name__)
_decode = msgspec.json.Decoder(list[AgentEvent]).decode


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds."""

    compare: float = 3.0
    """Between looks whether the table is as we know it."""
    blind: float = 0.5
    """The same while Valkey tells nothing."""
    away: float = 1.0
    """Before a lost subscription is made again."""


Key = tuple[UUID, str]
"""Call and extension."""


class Listener(Protocol):
    """Whoever shows the calls of one extension."""

    def offer(self, message: Changed) -> None:
        """Take what changed; never waits."""


Watcher = Callable[[Sequence[AgentEvent]], None]
"""Whoever hears of every extension; never waits."""


class Feed:
    """The rows of agent_calls as last heard, and who wants to hear of them."""

    def __init__(self, pool: Pool, redis: Redis, pace: Pace = Pace()) -> None:
        self._pool = pool
        self._redis = redis
        self._pace = pace
        self._rows: dict[Key, AgentEvent] = {}
        self._gone: OrderedDict[Key, int] = OrderedDict()
        self._listeners: dict[str, set[Listener]] = {}
        self._last = 0
        self._watchers: list[Watcher] = []
        self._doubt = Alarm()
        self._blind = True
        self._read = asyncio.Event()
        self._reading = asyncio.Lock()
        self.readings = 0

    async def state(self, extension: str, last: int = 0) -> State:
        """Every call of `extension` now, never older than what somebody saw who knows of the event `last`."""
        await self._read.wait()
        if last > self._last:  # perhaps of a row that is gone again, or an invention of his
            await self._level()
        calls = [row for row in self._rows.values() if row.extension == extension]
        return State(self._last, extension, sorted(calls, key=lambda row: row.event_id))

    def listen(self, extension: str, listener: Listener) -> None:
        """Hand `listener` every change of `extension` from now on."""
        self._listeners.setdefault(extension, set()).add(listener)

    def leave(self, extension: str, listener: Listener) -> None:
        """Hand it nothing any more."""
        listeners = self._listeners.get(extension, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(extension, None)

    def watch(self, watcher: Watcher) -> None:
        """Hand `watcher` every change of all extensions from now on, once all of it is known here."""
        self._watchers.append(watcher)

    def row(self, key: Key) -> AgentEvent | None:
        """What an extension does in a call now; None: nothing."""
        return self._rows.get(key)

    def talks(self, call: UUID) -> bool:
        """Whether anybody of ours talks in the call now."""
        return any(key[0] == call and row.state == AgentState.TALKING for key, row in self._rows.items())

    async def follow(self) -> None:
        """Hear the news until cancelled; every subscription makes the table be read again."""
        await follow(self._redis, {AGENTS_CHANNEL: self._hear}, heard=self._listened, away_seconds=self._pace.away)

    async def keep_level(self) -> None:
        """Read the table at the start, after every subscription, and whenever its mark is not ours."""
        while True:
            try:
                if not self._read.is_set() or await agents_mark(self._pool) != self._mark():
                    await self._level()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                _log.warning("card_table_unread", error=repr(error))
            await self._doubt.wait(self._pace.blind if self._blind else self._pace.compare)

    def _listened(self, heard: bool) -> None:
        self._blind = not heard
        if heard:
            self._doubt.ring()

    def _hear(self, payload: bytes) -> None:
        try:
            events = _decode(payload)
        except msgspec.DecodeError as error:
            _log.error("card_news_unreadable", error=str(error))
            self._doubt.ring()
            return
        self._take(events)

    async def _level(self) -> None:
        """Be as the table is now; of many who ask at once, those who came before a reading began share it."""
        asked = self.readings
        async with self._reading:
            if self.readings == asked:
                self.readings += 1
                await self._read_table()

    async def _read_table(self) -> None:
        """Take over all rows; what is heard while they are read stands."""
        before = dict(self._rows)
        fresh = {(row.call_id, row.extension): row for row in await every_agent(self._pool)}
        lost = [
            AgentEvent(row.event_id, row.pbx, row.extension, row.call_id, GONE)
            for key, row in before.items()
            if key not in fresh and self._rows.get(key) is row
        ]
        for one in lost:
            del self._rows[one.call_id, one.extension]
        self._tell(lost)
        self._take(fresh.values())
        self._read.set()

    def _take(self, events: Iterable[AgentEvent]) -> None:
        """Apply what is newer than what is known, and tell it."""
        news = []
        for one in events:
            key = (one.call_id, one.extension)
            known = self._rows[key].event_id if key in self._rows else self._gone.get(key, 0)
            if one.event_id <= known:
                continue
            if one.is_gone:
                self._rows.pop(key, None)
                self._forget(key, one.event_id)
            else:
                self._rows[key] = one
            news.append(one)
        self._tell(news)

    def _forget(self, key: Key, event_id: int) -> None:
        """Keep for a while that it is gone: the table may have been read before and be told of after."""
        self._gone[key] = event_id
        while len(self._gone) > _REMEMBERED_GONE:
            self._gone.popitem(last=False)

    def _tell(self, events: Sequence[AgentEvent]) -> None:
        told: dict[str, list[AgentEvent]] = {}
        for one in events:
            self._last = max(self._last, one.event_id)
            told.setdefault(one.extension, []).append(one)
        for extension, own in told.items():
            if listeners := self._listeners.get(extension):
                message = Changed(max(one.event_id for one in own), own)
                for listener in tuple(listeners):
                    listener.offer(message)
        if told:
            for watcher in self._watchers:
                watcher(events)

    def _mark(self) -> tuple[int, int]:
        return len(self._rows), sum(row.event_id for row in self._rows.values())
