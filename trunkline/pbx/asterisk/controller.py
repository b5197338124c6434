"""Carries out orders about calls that go on, over a link of its own whose user may do that.

Only the acting node does. An order is stored as sent before the PBX hears of it and is never sent twice: one whose
answer did not come is `unknown`. What it is about is looked at right before, over the link that only hears.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

import asyncpg
from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.control import store
from trunkline.control.order import Kind, Order, Place, State, Why
from trunkline.control.wake import ORDERS_WAKE
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.pbx.asterisk import control
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import Link, open_link
from trunkline.pbx.asterisk.session import together
from trunkline.pbx.asterisk.terms import Limits, LinkDown, LinkError, LoginRefused
from trunkline.uptime import uptime
from trunkline.web.i18n import mark
from trunkline.web.metrics import CALL_ORDERS

log = get_logger(__name__)

Ask = Callable[[Mapping[str, str]], Awaitable[list[Frame]]]
"""Asks the PBX over the link that hears; raises LinkError."""

_REFUSED = mark(
    "The PBX %(pbx)s does not do what is asked of calls there: %(reason)s. Its user %(user)s needs write = %(needed)s."
)
_DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_PING_AFTER = 30.0
_DENIED = "Permission denied"


class _Refused(Exception):
    """Nothing was changed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class ControllerTiming:
    """Seconds."""

    poll: float = 1.0
    """Between looks for orders where no wake comes."""
    answer: float = 3.0
    again: float = 2.0
    """After a lost link."""
    refused: float = 60.0


class Controller:
    """Does what is asked of one PBX's calls while `acts` says so; `run` runs as long as the station."""

    def __init__(
        self,
        pbx: str,
        keeping: Keeping,
        acts: Callable[[], bool],
        ask: Ask,
        pool: Pool,
        redis: Redis,
        bell: AlarmBell,
        timing: ControllerTiming = ControllerTiming(),
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._pbx = pbx
        self._keeping = keeping
        self._acts = acts
        self._ask = ask
        self._pool = pool
        self._redis = redis
        self._bell = bell
        self._timing = timing
        self._clock = clock
        self._woken = Alarm()

    async def run(self) -> None:
        """Carry out for ever."""
        await together(self._serve(), listen(self._redis, {ORDERS_WAKE: [self._woken]}))

    async def _serve(self) -> NoReturn:
        while True:
            pause = self._timing.poll
            if self._acts():
                try:
                    await self._linked()
                except LoginRefused as error:
                    await self._tell(str(error), wrong=True)
                    pause = self._timing.refused
                except LinkError as error:
                    log.warning("controller_link_down", pbx=self._pbx, reason=str(error))
                    pause = self._timing.again
            await asyncio.sleep(pause)

    async def _linked(self) -> None:
        """One link's life: until we no longer act. Raises LinkError."""
        limits = replace(Limits(), ping_after=_PING_AFTER)
        address = self._keeping.address
        async with open_link(address, received=lambda _: None, wanted=frozenset(), limits=limits) as link:
            while self._acts():
                if link.lost.done():
                    raise LinkDown(link.lost.result())
                while self._acts() and (order := await self._claim()) is not None:
                    await self._carry_out(link, order)
                await self._woken.wait(self._timing.poll)

    async def _claim(self) -> Order | None:
        try:
            return await store.claim_order(self._pool, self._pbx, self._clock)
        except _DATABASE_ERRORS as error:
            log.warning("orders_unread", pbx=self._pbx, error=str(error) or type(error).__name__)
            return None

    async def _carry_out(self, link: Link, order: Order) -> None:
        """Say it once, and keep what came of it. Raises LinkError where the answer did not come."""
        try:
            await self._do(link, order)
        except _Refused as refused:
            await self._end(order, State.REFUSED, refused.why)
            if refused.why == Why.DENIED:
                await self._tell(_DENIED, wrong=True)
        except LinkError as error:
            await self._end(order, State.UNKNOWN, str(error))
            link.close("an order was not answered")  # what still lies in the socket must not be done late
            raise
        else:
            await self._end(order, State.DONE)
            await self._tell("", wrong=False)

    async def _do(self, link: Link, order: Order) -> None:
        match order.kind:
            case Kind.MOVE:
                self._require(self._keeping.controls)
                await self._move(link, order)
            case Kind.PASS:
                self._require(self._keeping.controls)
                await self._pass_on(link, order)
            case Kind.LISTEN:
                self._require(self._keeping.listens)
                await self._see(control.talk_of(await self._look("Status"), order.leg))
                await self._say(link, order, control.spy(order, self._keeping.ways))

    async def _move(self, link: Link, order: Order) -> None:
        """A channel that waits no longer is left where it is: it is looked up by its id, the last time right before."""
        await self._prepare(order)
        channel = await self._waiting(order)
        await self._say(link, order, control.remember(channel, Place.QUEUE, order.queue))
        await self._say(link, order, control.redirect(await self._waiting(order), order))

    async def _waiting(self, order: Order) -> str:
        channel = control.waiting_channel(await self._look("QueueStatus", Queue=order.queue), order.queue, order.leg)
        if channel is None:
            raise _Refused(Why.GONE)
        return channel

    async def _pass_on(self, link: Link, order: Order) -> None:
        await self._prepare(order)
        talk = await self._see(control.talk_of(await self._look("Status"), order.leg))
        if len(talk.others) > 1:
            raise _Refused(Why.CROWD)
        await self._say(link, order, control.remember(talk.others[0], Place.DESK, order.agent))
        await self._say(link, order, control.blind_transfer(talk.channel, order))

    async def _see(self, talk: control.Talk | None) -> control.Talk:
        if talk is None:
            raise _Refused(Why.SILENT)
        return talk

    async def _prepare(self, order: Order) -> None:
        """Whether the PBX has where the call is to go: what is sent nowhere would end."""
        place = Place(order.place)
        shown = await self._look("ShowDialPlan", Context=control.CONTEXTS[place])
        if shown[0].get("Response") != "Success":
            raise _Refused(Why.DIALPLAN)
        if place is Place.QUEUE and not control.has_queue(await self._look("QueueStatus"), order.target):
            raise _Refused(Why.QUEUE)

    async def _look(self, action: str, **headers: str) -> list[Frame]:
        """Before anything is changed: a link that is down changes nothing."""
        try:
            return await self._ask({"Action": action, **headers})
        except LinkError as error:
            log.warning("order_unseen", pbx=self._pbx, action=action, reason=str(error))
            raise _Refused(Why.AWAY) from error

    async def _say(self, link: Link, order: Order, action: dict[str, str]) -> None:
        """Raises _Refused with what the PBX says or where we were held up too long, LinkError where it says nothing."""
        if self._clock() > order.until:
            log.warning("order_too_late", pbx=self._pbx, order=str(order.id))
            raise _Refused(Why.AWAY)
        answer = (await link.ask(action, timeout=self._timing.answer))[0]
        if answer.get("Response") != "Success":
            reason = str(answer.get("Message", ""))
            raise _Refused(Why.DENIED if reason == _DENIED else reason)

    @staticmethod
    def _require(allowed: bool) -> None:
        if not allowed:
            raise _Refused(Why.SETTING)

    async def _end(self, order: Order, state: State, why: str = "") -> None:
        CALL_ORDERS.labels(self._pbx, order.kind.value, state.value).inc()
        log.info("order_ended", pbx=self._pbx, order=str(order.id), kind=order.kind.value, state=state.value, why=why)
        try:
            await store.end_order(self._pool, order.id, state, why)
        except _DATABASE_ERRORS as error:
            log.warning("order_unwritten", pbx=self._pbx, error=str(error) or type(error).__name__)

    async def _tell(self, reason: str, *, wrong: bool) -> None:
        """A refused login or a missing right is an alarm until an order is carried out."""
        needed = needed_rights(self._keeping)
        facts = {"pbx": self._pbx, "user": self._keeping.address.username, "reason": reason, "needed": needed}
        try:
            await self._bell.set(wrong, f"pbx.control:{self._pbx}", Severity.WARNING, _REFUSED, facts)
        except _DATABASE_ERRORS as error:
            log.warning("control_alarm_waits", pbx=self._pbx, error=str(error) or type(error).__name__)


def needed_rights(keeping: Keeping) -> str:
    """The classes of `write` of the second user."""
    classes = {"agent": True, "originate": keeping.dials or keeping.listens, "call": keeping.controls}
    return ",".join(name for name, needed in classes.items() if needed)
