"""The outbox's worker: claims due streams, many at once, and keeps their leases while they are carried out."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from redis.asyncio import Redis

from trunkline.background import end
from trunkline.log import get_logger
from trunkline.outbox.accounts import AccountHolds, OnChange, nobody
from trunkline.outbox.courier import Courier
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.event import Claimed
from trunkline.outbox.gate import Gate
from trunkline.outbox.ledger import Ledger
from trunkline.outbox.shared import SharedState
from trunkline.outbox.store import DATABASE_TROUBLE, claim, renew
from trunkline.outbox.wake import OUTBOX_WAKE, POLL_SECONDS, Alarm, listen

_TROUBLE_SECONDS = 1.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """`width` streams at once; a worker that dies frees its streams after `lease` seconds."""

    width: int = 400
    lease: float = 60.0
    poll: float = POLL_SECONDS
    grace: float = 3.0


class OutboxWorker:
    """One worker; any number of them, on any machines, share the work."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        redis: Redis | None,
        deliverers: Iterable[Deliverer],
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
        on_account: OnChange = nobody,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._limits = limits or Limits()
        self._gate = Gate(SharedState(redis, clock), clock)
        self._ledger = Ledger(pool, patience=self._limits.lease * 0.75)
        self._holds = AccountHolds(pool, self._gate, on_account)
        self._alarm = Alarm()
        self._courier = Courier(deliverers, self._ledger, self._gate, self._holds, chance, self._alarm.ring_in)
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._claiming: asyncio.Task[int] | None = None

    async def run(self) -> None:
        """Deliver until cancelled; then let what is being sent come to its end for `grace` seconds."""
        async with self._helpers(self._listen()):
            while True:
                free = self._limits.width - len(self._running)
                if free < self._limits.width // 4:
                    await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                elif await self._claim(free) < free:
                    await self._alarm.wait(self._limits.poll)

    async def drain(self) -> None:
        """Deliver until nothing is due."""
        async with self._helpers():
            while await self._claim(self._limits.width - len(self._running)) or self._running:
                if self._running:
                    await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    @asynccontextmanager
    async def _helpers(self, *more: Coroutine[None, None, None]) -> AsyncIterator[None]:
        helpers = [asyncio.create_task(each) for each in (self._ledger.run(), self._keep_leases(), *more)]
        self._courier.stopping = False
        try:
            yield
        finally:
            self._courier.stopping = True
            if self._claiming is not None:
                await asyncio.wait({self._claiming}, timeout=self._limits.grace)
            if self._running:
                await asyncio.wait(self._running, timeout=self._limits.grace)
            await end([*helpers, *self._running])

    async def _listen(self) -> None:
        if self._redis is not None:
            await listen(self._redis, {OUTBOX_WAKE: [self._alarm]})

    async def _claim(self, free: int) -> int:
        """Claim and begin up to `free` streams; returns how many. A stop waits for it, for its streams are leased."""
        if free == 0:
            return 0
        self._claiming = asyncio.create_task(self._begin(free))
        return await asyncio.shield(self._claiming)

    async def _begin(self, free: int) -> int:
        try:
            claimed = await claim(self._pool, uuid4(), limit=free, lease=self._limits.lease, shut=self._gate.shut())
        except DATABASE_TROUBLE as error:
            _log.warning("outbox_claim_failed", error=repr(error))
            await asyncio.sleep(_TROUBLE_SECONDS)
            return 0
        for stream in claimed:
            task = asyncio.create_task(self._courier.run(stream))
            self._running[task] = stream
            task.add_done_callback(self._ended)
        return len(claimed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        stream = self._running.pop(task)
        if not task.cancelled() and (error := task.exception()):
            # Its lease runs out, and the events are verified before they are repeated.
            _log.error("outbox_stream_dropped", stream=stream.stream, error=repr(error), exc_info=error)

    async def _keep_leases(self) -> None:
        while True:
            try:
                await self._holds.refresh()
                if self._running:
                    await renew(self._pool, list(self._running.values()), self._limits.lease)
            except DATABASE_TROUBLE as error:
                _log.warning("outbox_lease_not_renewed", error=repr(error))
            await asyncio.sleep(min(5.0, self._limits.lease / 4))
