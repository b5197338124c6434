"""Carries out orders about calls that go on, over a link of its own whose user may do that.

Only the acting node does. An order is stored as sent before the PBX hears of it and is never sent twice: one whose
answer did not come is `unknown`. What it is about is looked at right before, over the link that only hears.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell
from trunkline.control import store
from trunkline.control.order import Kind, Order, Place, State, Why
from trunkline.control.wake import ORDERS_WAKE
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.pbx.asterisk import control
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import Link
from trunkline.pbx.asterisk.orders import DATABASE_ERRORS, DENIED, Orders, OrderTiming, Post, Refused, TooLate, Trade
from trunkline.pbx.asterisk.silencer import Partly, Silencer
from trunkline.pbx.asterisk.terms import LinkError
from trunkline.uptime import uptime
from trunkline.web.i18n import mark
from trunkline.web.metrics import CALL_ORDERS

log = get_logger(__name__)

Ask = Callable[[Mapping[str, str]], Awaitable[list[Frame]]]
"""Asks the PBX over the link that hears; raises LinkError."""

_REFUSED = mark(
    "The PBX %(pbx)s does not do what is asked of calls there: %(reason)s. Its user %(user)s needs write = %(needed)s."
)
_AGAIN_SECONDS = 2.0
_TRADE = Trade("control", ORDERS_WAKE, _REFUSED)


@dataclass(frozen=True, slots=True)
class ControllerTiming(OrderTiming):
    """Seconds."""

    answer: float = 3.0


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
        self._post = Post(pbx, keeping, acts, pool, redis, bell, clock)
        self._ask = ask
        self._timing = timing
        self._unended: set[UUID] = set()
        """Ends of pauses that the PBX denied; what they need it needs for them too where pauses are switched off."""
        self._silencer = Silencer(self._post, self._look, self._say)
        self._orders: Orders[Order] = Orders(_TRADE, self._post, self, timing, self.keep)

    async def run(self) -> None:
        """Carry out for ever. Where all of it was switched off, to end the pauses there are."""
        if not (self._post.keeping.controls or self._post.keeping.listens):
            await self._until_one_pauses()
        await self._orders.run()

    def heard_talk(self, linkedid: str) -> None:
        """Somebody entered a conversation of this call: a recording may have begun there."""
        if linkedid in self._silencer.calls:
            self._orders.stir()

    def grievance(self, reason: str) -> Mapping[str, object]:
        """What is told where the PBX refuses all of it, with what its user needs."""
        keeping = self._post.keeping
        names = {"pbx": self._post.pbx, "user": keeping.address.username}
        return {**names, "reason": reason, "needed": keeping.needed_rights(ends=bool(self._unended))}

    async def keep(self, link: Link) -> None:
        """Silence what is recorded of calls whose recordings pause; raises LinkError."""
        await self._silencer.keep(link)

    async def claim(self) -> Order | None:
        """The next accepted order."""
        return await store.claim_order(self._post.pool, self._post.pbx, self._post.clock)

    async def carry_out(self, link: Link, order: Order) -> None:
        """Say it once, and keep what came of it. Raises LinkError where the answer did not come."""
        try:
            await self._do(link, order)
        except Partly as partly:
            await self._end(order, State.UNKNOWN, partly.why)
        except Refused as refused:
            if order.goes_on_by_itself and refused.why != Why.SILENT:
                await self._again(order)
            else:
                await self._end(order, State.REFUSED, refused.why)
            await self._tell_of(order, refused.why)
        except LinkError as error:
            if order.goes_on_by_itself:
                await self._again(order)
            else:
                await self._end(order, State.UNKNOWN, str(error))
            raise
        else:
            await self._end(order, State.DONE)
            self._unended.clear()
            await self._orders.tell("", wrong=False)

    async def _tell_of(self, order: Order, why: str) -> None:
        """The alarm of a missing right: where a pause had to end that is over with its channels, it is over as well."""
        if why == Why.DENIED:
            if order.goes_on_by_itself:
                self._unended.add(order.id)
            await self._orders.tell(DENIED, wrong=True)
        elif why == Why.SILENT and order.goes_on_by_itself:
            self._unended.discard(order.id)
            if not self._unended:
                await self._orders.tell("", wrong=False)

    async def _do(self, link: Link, order: Order) -> None:
        match order.kind:
            case Kind.MOVE:
                self._require(self._post.keeping.controls)
                await self._move(link, order)
            case Kind.PASS:
                self._require(self._post.keeping.controls)
                await self._pass_on(link, order)
            case Kind.PAUSE:
                self._require(self._post.keeping.controls)
                await self._silencer.silence(link, order)
            case Kind.RECORD:
                self._require(self._post.keeping.controls or order.goes_on_by_itself)
                await self._silencer.let_sound(link, order)
            case Kind.LISTEN:
                self._require(self._post.keeping.listens)
                await self._see(control.talk_of(await self._look("Status"), order.leg))
                await self._say(link, order, control.spy(order, self._post.keeping.ways))

    async def _move(self, link: Link, order: Order) -> None:
        """A channel that waits no longer is left where it is: it is looked up by its id, the last time right before."""
        await self._prepare(order)
        channel = await self._waiting(order)
        await self._say(link, order, control.remember(channel, Place.QUEUE, order.queue))
        await self._rename(link, order, channel)
        await self._say(link, order, control.redirect(await self._waiting(order), order))

    async def _waiting(self, order: Order) -> str:
        channel = control.waiting_channel(await self._look("QueueStatus", Queue=order.queue), order.queue, order.leg)
        if channel is None:
            raise Refused(Why.GONE)
        return channel

    async def _pass_on(self, link: Link, order: Order) -> None:
        await self._prepare(order)
        talk = await self._see(control.talk_of(await self._look("Status"), order.leg))
        if len(talk.others) > 1:
            raise Refused(Why.CROWD)
        await self._say(link, order, control.remember(talk.others[0], Place.DESK, order.agent))
        await self._rename(link, order, talk.others[0])
        await self._say(link, order, control.blind_transfer(talk.channel, order))

    async def _rename(self, link: Link, order: Order, channel: str) -> None:
        if order.shown is not None:
            await self._say(link, order, control.rename(channel, order.shown))

    async def _see(self, talk: control.Talk | None) -> control.Talk:
        if talk is None:
            raise Refused(Why.SILENT)
        return talk

    async def _prepare(self, order: Order) -> None:
        """Whether the PBX has where the call is to go: what is sent nowhere would end."""
        place = Place(order.place)
        shown = await self._look("ShowDialPlan", Context=control.CONTEXTS[place])
        if shown[0].get("Response") != "Success":
            raise Refused(Why.DIALPLAN)
        if place is Place.QUEUE and not control.has_queue(await self._look("QueueStatus"), order.target):
            raise Refused(Why.QUEUE)

    async def _look(self, action: str, **headers: str) -> list[Frame]:
        """Before anything is changed: a link that is down changes nothing."""
        try:
            return await self._ask({"Action": action, **headers})
        except LinkError as error:
            log.warning("order_unseen", pbx=self._post.pbx, action=action, reason=str(error))
            raise Refused(Why.AWAY) from error

    async def _say(self, link: Link, order: Order, action: Mapping[str, str]) -> None:
        """Raises Refused with what the PBX says or where we were held up too long, LinkError where it says nothing."""
        try:
            refusal = await self._orders.say(link, order, action)
        except TooLate as late:
            raise Refused(Why.AWAY) from late
        if refusal is not None:
            raise Refused(Why.DENIED if refusal == DENIED else refusal)

    @staticmethod
    def _require(allowed: bool) -> None:
        if not allowed:
            raise Refused(Why.SETTING)

    async def _until_one_pauses(self) -> None:
        while True:
            if self._post.acts() and await self._does_one_pause():
                return
            await asyncio.sleep(self._timing.poll)

    async def _does_one_pause(self) -> bool:
        try:
            return await store.does_one_pause(self._post.pool, self._post.pbx)
        except DATABASE_ERRORS as error:
            log.warning(
                "orders_unread", trade=_TRADE.name, pbx=self._post.pbx, error=str(error) or type(error).__name__
            )
            return False

    async def _again(self, order: Order) -> None:
        """A recording must not stay silent: it is said until the PBX has done it, or its channels are no more."""
        try:
            await store.again_order(self._post.pool, order.id, _AGAIN_SECONDS)
        except DATABASE_ERRORS as error:
            log.warning("order_unwritten", pbx=self._post.pbx, error=str(error) or type(error).__name__)

    async def _end(self, order: Order, state: State, why: str = "") -> None:
        CALL_ORDERS.labels(self._post.pbx, order.kind.value, state.value).inc()
        log.info(
            "order_ended", pbx=self._post.pbx, order=str(order.id), kind=order.kind.value, state=state.value, why=why
        )
        try:
            over = order.kind is Kind.RECORD and (state is State.DONE or why == Why.SILENT)
            await store.end_order(self._post.pool, order.id, state, why, sounds=over)
        except DATABASE_ERRORS as error:
            log.warning("order_unwritten", pbx=self._post.pbx, error=str(error) or type(error).__name__)
