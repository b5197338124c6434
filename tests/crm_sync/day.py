"""A day of a company, replayed: calls of all shapes in bursts, on a clock that goes on as fast as the work is done.

The clock is the limiter's, the portal's and the back-off's: each step says how long it lasted, and what waits in the
database is due so much sooner. All else is as in a running company: dialogues of a PBX become steps of calls, two
workers share a Valkey and deliver over HTTP to a portal that has the vendor's bucket.
"""

import asyncio
import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from redis.asyncio import Redis

from crm_sync.bitrix24.declining import DeclineDeliverer
from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.limiting import Limiter
from crm_sync.bitrix24.portal import Portals
from crm_sync.telling import follow_ends, follow_seats
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.chaos import Chaos
from tests.fakes.dialogue import paced, stamped
from trunkline.calls.applier import CallApplier
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.shared import SharedState
from trunkline.outbox.worker import OutboxWorker

REGISTER: Final = "telephony.externalCall.register"
FINISH: Final = "telephony.externalCall.finish"
SHOW: Final = "telephony.externalCall.show"
HIDE: Final = "telephony.externalCall.hide"
SHAPES: Final = (
    *("simple_answered", "queue_answered", "outgoing_call", "simple_no_answer", "queue_abandoned"),
    *("blind_transfer", "attended_transfer", "simple_busy", "caller_hangs_up_ringing"),
)
BURST: Final = 50
"""Calls that begin within a second."""
_STEP: Final = 5
"""Seconds of the day that pass at once while something happens."""
_STRETCH: Final = 4.0
"""A recorded dialogue takes so many times as long as when it was recorded."""
_BEGAN: Final = 1_795_320_000.0
_OUR: Final = re.compile(rb"\b10([12])\b")
_CLIENT: Final = re.compile(rb"\b79(?:161234567|265550101)\b")
_PASSES: Final = """
    update outbox_streams set due = due - make_interval(secs => $1),
        lease = case when isfinite(lease) then lease - make_interval(secs => $1) else lease end
"""
_IN_CALLS: Final = """
    select k.remote_id, array_agg(u.user_id) as users from crm_calls k
    join agent_calls a on a.call_id = k.call_id join crm_users u on u.extension = a.extension group by k.remote_id
"""


@dataclass(frozen=True)
class Plan:
    """How big the day is: `bursts` of BURST calls each are among the `calls`."""

    calls: int
    agents: int
    bursts: int
    seconds: int


FULL: Final = Plan(calls=2000, agents=100, bursts=12, seconds=9 * 3600)
SMALL: Final = Plan(calls=200, agents=100, bursts=2, seconds=2 * 3600)


@dataclass
class Day:
    """One; `scene` is the portal, its clock the day's."""

    scene: Scene
    redis: Redis
    plan: Plan
    portals: Portals
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    workers: list[OutboxWorker] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    """What went wrong between us and the portal, how often."""
    looked: int = 0
    """How often nothing waited, and cards were held against who is in which call."""

    async def played(self) -> None:
        """From the first call to the last thing that was told of one."""
        began, applier = self.scene.clock.at, CallApplier(follow_ends, follow_seats)
        self.workers = [self._worker(), self._worker()]
        for second, frames in sorted(self._frames().items()):
            await self._until(began + second)
            await self.scene.hear(applier, frames)
            await self._deliver()
        self.scene.portal.chaos.faults.clear()
        while await self._waits():
            await self._pass(60)
            await self._deliver(quiet=True)

    def _frames(self) -> Mapping[int, Sequence[bytes]]:
        """What the PBX says in each step, in the order in which it is said."""
        said: dict[int, list[tuple[float, bytes]]] = defaultdict(list)
        alone = self.plan.calls - BURST * self.plan.bursts
        begins = [self.dice.uniform(0, self.plan.seconds) for _ in range(alone)]
        for burst in range(self.plan.bursts):
            at = (burst + 1) * self.plan.seconds // (self.plan.bursts + 1)
            begins += [at + place / BURST for place in range(BURST)]
        free = list(range(0, self.plan.agents, 2))
        clients = [b"79%09d" % number for number in self.dice.sample(range(10**9), self.plan.calls // 2)]
        for copy, begin in enumerate(sorted(begins)):
            who = self.dice.choice(clients)
            pair = free[copy % len(free)]  # whoever rang last rings next when all the others have
            for moment, frame in paced(self.dice.choice(SHAPES), copy, _BEGAN + copy):
                offset = begin + (moment - _BEGAN - copy) * _STRETCH
                said[int(offset) // _STEP * _STEP].append((offset, _retold(frame, pair, who, offset)))
        return {second: [frame for _, frame in sorted(frames)] for second, frames in said.items()}

    async def _until(self, at: float) -> None:
        """While something waits by steps, else at once."""
        while (left := at - self.scene.clock.at) > 0:
            waits = await self._waits()
            await self._pass(min(left, _STEP) if waits else left)
            if waits:
                await self._deliver()

    async def _pass(self, seconds: float) -> None:
        self.scene.clock.at += seconds
        await self.scene.pool.execute(_PASSES, seconds)

    async def _waits(self) -> int:
        return int(await self.scene.pool.fetchval("select count(*) from outbox"))

    async def _deliver(self, *, quiet: bool = False) -> None:
        """Both workers, whatever goes wrong now."""
        trouble = "" if quiet or self.dice.random() > 0.1 else self.dice.choice(("fault", "stall", "kill", "outage"))
        if trouble:
            self.troubles[trouble] += 1
        match trouble:
            case "stall":
                await self._stalled(self.dice.choice((REGISTER, FINISH)))
            case "kill":
                await self._killed()
            case "outage":
                self.scene.portal.chaos.page("*", self.dice.randrange(8), status=503)
            case "fault":
                self._arm()
        await asyncio.gather(*(worker.drain() for worker in self.workers))
        if not await self._waits():
            await self._look()

    def _arm(self) -> None:
        code = self.dice.choice(("QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT", "INTERNAL_SERVER_ERROR"))
        arm = self.dice.choice((Chaos.cut_before, Chaos.cut_after, Chaos.cut_after, Chaos.page, None))
        method = self.dice.choice((REGISTER, FINISH, FINISH, SHOW, HIDE, "voximplant.statistic.get", "user.get"))
        chaos = self.scene.portal.chaos
        arm(chaos, method) if arm else chaos.refuse(code, method)

    async def _stalled(self, method: str) -> None:
        """One worker's request hangs in the portal while the other goes on."""
        stalled = self.scene.portal.chaos.stall(method)
        first = asyncio.create_task(self.workers[0].drain())
        reached = asyncio.create_task(stalled.reached.wait())
        await asyncio.wait({first, reached}, return_when=asyncio.FIRST_COMPLETED)
        await self.workers[1].drain()
        stalled.left = 0
        stalled.release()
        reached.cancel()
        await first

    async def _killed(self) -> None:
        """A worker dies at an await, another takes its place; what it held is free when its leases have run out."""
        dying = asyncio.create_task(self.workers[0].drain())
        for _ in range(self.dice.randrange(200)):
            await asyncio.sleep(0)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        self.workers[0] = self._worker()

    async def _look(self) -> None:
        """Nothing waits: a card is open before whoever is in a call, and before nobody else."""
        seated = {row["remote_id"]: set(row["users"]) for row in await self.scene.pool.fetch(_IN_CALLS)}
        shown = {call.id: call.shown for call in self.scene.portal.calls if call.shown}
        assert shown == seated
        self.looked += 1

    def _worker(self) -> OutboxWorker:
        pool, clock = self.scene.pool, self.scene.clock
        deliverers: list[Deliverer] = [Bitrix24Deliverer(pool, self.portals), DeclineDeliverer(pool, self.portals)]
        return OutboxWorker(pool, self.redis, deliverers, clock=clock, chance=self.dice.random)


def _retold(frame: bytes, pair: int, client: bytes, offset: float) -> bytes:
    """Of other agents of ours, with another client."""
    agents = (b"%d" % (200 + pair), b"%d" % (201 + pair))
    return _CLIENT.sub(client, _OUR.sub(lambda found: agents[int(found[1]) - 1], stamped(frame, _BEGAN + offset)))


@asynccontextmanager
async def day(scene: Scene, redis: Redis, plan: Plan) -> AsyncIterator[Day]:
    """Ready to be played: each agent is somebody in the portal."""
    for place in range(plan.agents):
        scene.portal.world.add_user(f"Agent {place}", inner=str(200 + place))

    async def wait(seconds: float) -> None:
        scene.clock.at += seconds
        await scene.pool.execute(_PASSES, seconds)

    async with scene.portals(Limiter(SharedState(redis, scene.clock), wait)) as portals:
        yield Day(scene, redis, plan, portals)
