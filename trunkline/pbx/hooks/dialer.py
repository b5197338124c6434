"""The worker's task that begins accepted calls through hosted PBXs, and follows them to their end by the story.

A dial is stored as sent before its provider hears of it, and only an accepted one is ever sent: a time-out, a lost
answer or our own end leaves it to be found among the calls that webhooks tell, by the id the provider gave it or by its
agent, its number and the time. Any node may send; each dial is claimed by one.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.dialing import store
from trunkline.dialing.dial import Outcome, State, Turn, next_turn
from trunkline.dialing.store import Order
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.pbx.hooks.api import Api, hosted_api
from trunkline.pbx.hooks.api_alarms import NO_DIALS, Use, tell
from trunkline.pbx.hooks.diallings import DIALLINGS
from trunkline.pbx.hooks.dials_store import SILENT_SECONDS, DiallingPbx, dialling_accounts, find_calls, keep_call
from trunkline.pbx.hooks.hiding import words_without_secrets
from trunkline.pbx.hooks.sending import Sending, Sent, Told
from trunkline.uptime import uptime
from trunkline.web.metrics import DIALS_ENDED, DIALS_SENT
from trunkline.webhooks.address import AddressRules

log = get_logger(__name__)

ANSWER_SECONDS = 90.0
"""onlinePBX answers when the agent has picked up."""
MOST_AT_ONCE = 20
"""Requests to one PBX that wait for their answer."""
CONNECT_SECONDS = 5.0
DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_OUTCOMES = {
    Sent.REFUSED: Outcome.REFUSED,
    Sent.NOT_SENT: Outcome.NOT_DIALLED,
    Sent.TOO_LATE: Outcome.EXPIRED,
}
"""What ends a dial at once; all else is learned from the story."""


@dataclass(frozen=True, slots=True)
class HostedTiming:
    """Seconds."""

    poll: float = 1.0
    follow: float = 1.0


def dialling_api(rules: AddressRules, *, answer_seconds: float = ANSWER_SECONDS) -> AbstractAsyncContextManager[Api]:
    """The API client dials are sent by: a dial never waits behind the held answers of others.

    It would leave long after the last look at the clock and at the switch.
    """
    return hosted_api(rules, answer_seconds=answer_seconds, limit_per_host=0, connect=CONNECT_SECONDS)


class HostedDialer:
    """Dials for every hosted PBX that may; `run` runs as long as the process."""

    def __init__(
        self,
        pool: Pool,
        redis: Redis,
        box: SecretBox,
        api: Api,
        words: Callable[[str], str] = str,
        timing: HostedTiming = HostedTiming(),
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._pool, self._redis, self._box, self._timing, self._clock = pool, redis, box, timing, clock
        self._sending = Sending(api, words, clock)
        self._woken = Alarm()
        self._open: dict[str, set[asyncio.Task[None]]] = {}
        self._rests: dict[str, float] = {}

    async def run(self) -> None:
        """Send and follow for ever. What is under way when it ends stays sent."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(listen(self._redis, {DIALS_WAKE: [self._woken]}))
                group.create_task(self._follow())
                await self._serve(group)
        finally:
            self._open.clear()

    async def send_accepted(self, group: asyncio.TaskGroup) -> None:
        """Claim what is accepted and begin to send it, as far as answers are not waited for already."""
        for pbx in await dialling_accounts(self._pool):
            under_way = self._open.setdefault(pbx.id, set())
            while pbx.dials and len(under_way) < MOST_AT_ONCE and self._rests.get(pbx.id, 0.0) <= self._clock():
                order = await store.claim_order(self._pool, pbx.id, self._clock)
                if order is None:
                    break
                self._rests[pbx.id] = self._clock() + DIALLINGS[pbx.kind].spacing
                task = group.create_task(self.carry_out(pbx, order))
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    async def carry_out(self, pbx: DiallingPbx, order: Order) -> None:
        """Ask once; only a clear refusal, or that nothing was sent, ends the dial here."""
        try:
            account = pbx.account(self._box)
        except WrongKey as error:
            await self._turn(pbx.id, order.id, State.SENT, Turn(State.ENDED, Outcome.NOT_DIALLED), str(error))
            return
        told = await self._sending.send(DIALLINGS[pbx.kind], account, order)
        told = told._replace(why=words_without_secrets(told.why, account))
        DIALS_SENT.labels(pbx.id, told.how.value).inc()
        log.info("dial_sent", pbx=pbx.id, dial=str(order.id), agent=order.agent, how=told.how.value, why=told.why)
        await self._tell(pbx.id, told)
        if rest := max(told.rest, DIALLINGS[pbx.kind].lockout if told.key_refused else 0.0):
            self._rests[pbx.id] = self._clock() + rest
        if (outcome := _OUTCOMES.get(told.how)) is not None:
            await self._turn(pbx.id, order.id, State.SENT, Turn(State.ENDED, outcome), told.why)
        elif told.call:
            try:
                await keep_call(self._pool, order.id, told.call)
            except DATABASE_ERRORS as error:
                log.warning("dial_unwritten", pbx=pbx.id, error=str(error) or type(error).__name__)

    async def look(self) -> None:
        """Find the calls of open dials, and turn each dial to where the story says it is."""
        for pbx in await dialling_accounts(self._pool):
            await find_calls(self._pool, pbx.id)
            for dial, known in await store.open_dials(self._pool, pbx.id, None):
                turn = next_turn(known._replace(patience=SILENT_SECONDS), time.time())
                if turn is not None:
                    await self._turn(pbx.id, dial, known.state, turn)

    async def _tell(self, pbx: str, told: Told) -> None:
        """An alarm while our key is refused."""
        if not told.key_refused and told.how is not Sent.TAKEN:
            return
        title = NO_DIALS if told.key_refused else ""
        try:
            await tell(self._pool, self._redis, pbx, Use.DIALS, title, told.why)
        except DATABASE_ERRORS as error:
            log.warning("dial_unwritten", pbx=pbx, error=str(error) or type(error).__name__)

    async def _serve(self, group: asyncio.TaskGroup) -> NoReturn:
        while True:
            try:
                await self.send_accepted(group)
            except DATABASE_ERRORS as error:
                log.warning("hosted_dials_wait", error=str(error) or type(error).__name__)
            await self._woken.wait(self._timing.poll)

    async def _follow(self) -> NoReturn:
        while True:
            await asyncio.sleep(self._timing.follow)
            try:
                await self.look()
            except DATABASE_ERRORS as error:
                log.warning("hosted_dials_unfollowed", error=str(error) or type(error).__name__)

    async def _turn(self, pbx: str, dial: UUID, before: State, turn: Turn, why: str = "") -> None:
        try:
            turned = await store.turn_dial(self._pool, dial, before, turn, why)
        except DATABASE_ERRORS as error:
            log.warning("dial_unwritten", pbx=pbx, error=str(error) or type(error).__name__)
            return
        if turned and turn.state is State.ENDED:
            DIALS_ENDED.labels(pbx, str(turn.outcome)).inc()
            log.info("dial_ended", pbx=pbx, dial=str(dial), outcome=str(turn.outcome))
