"""Orders to one PBX, claimed one after another and said over a link of its own whose user may do that.

Only the acting node says them. An order is stored as sent before the PBX hears of it and is never said twice; one that
was held up is not said at all. What an order is, and what comes of it, is its hand's business: a dialer, a controller.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, NoReturn, Protocol, TypeVar
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import Link, open_link
from trunkline.pbx.asterisk.session import together
from trunkline.pbx.asterisk.terms import Limits, LinkDown, LinkError, LoginRefused

log = get_logger(__name__)

DATABASE_ERRORS: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
DENIED: Final = "Permission denied"
"""What Asterisk says where a class of `write` is missing."""

_PING_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class OrderTiming:
    """Seconds."""

    poll: float = 1.0
    """Between looks for accepted orders where no wake comes."""
    answer: float = 5.0
    again: float = 2.0
    """After a lost link."""
    refused: float = 60.0


class Claimed(Protocol):
    """An order that is stored as sent."""

    @property
    def id(self) -> UUID: ...

    @property
    def until(self) -> float:
        """When it is too late to say it, by the clock it was claimed with."""


OrderT = TypeVar("OrderT", bound=Claimed)
Tend = Callable[[Link], Awaitable[None]]
"""What is looked after between two orders; may raise LinkError."""


class Hand(Protocol[OrderT]):
    """Who knows what the orders are."""

    async def claim(self) -> OrderT | None:
        """The next order, stored as sent; may raise what a database raises."""

    async def carry_out(self, link: Link, order: OrderT) -> None:
        """Say it and keep what came of it; raises LinkError where the answer did not come."""

    def grievance(self, reason: str) -> Mapping[str, object]:
        """What the alarm of a refusal tells."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where orders are carried out, and while `acts` says so."""

    pbx: str
    keeping: Keeping
    acts: Callable[[], bool]
    pool: Pool
    redis: Redis
    bell: AlarmBell
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Trade:
    """One kind of orders: its name in logs and alarms, what wakes it, how a refusal is told."""

    name: str
    wake: str
    refusal: str


class TooLate(Exception):
    """We were held up since the order was claimed: nothing was said."""


class Refused(Exception):
    """Nothing was changed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Orders(Generic[OrderT]):
    """The loop of one hand at one PBX; `run` runs as long as the station."""

    def __init__(
        self, trade: Trade, post: Post, hand: Hand[OrderT], timing: OrderTiming, tend: Tend | None = None
    ) -> None:
        self._trade = trade
        self._post = post
        self._hand = hand
        self._timing = timing
        self._tend = tend
        self._woken = Alarm()

    async def run(self, *beside: Coroutine[Any, Any, NoReturn]) -> None:
        """Carry out for ever, and what else the hand does `beside`."""
        await together(self._serve(), listen(self._post.redis, {self._trade.wake: [self._woken]}), *beside)

    def stir(self) -> None:
        """Look at once for what is to be done."""
        self._woken.ring()

    async def say(self, link: Link, order: OrderT, action: Mapping[str, str]) -> str | None:
        """None where the PBX takes it, else its words of refusal.

        Raises TooLate; and LinkError where no answer came: then the link is closed, for what still lies in its socket
        must not be done late.
        """
        if self._post.clock() > order.until:
            log.warning("orders_too_late", trade=self._trade.name, pbx=self._post.pbx, order=str(order.id))
            raise TooLate
        try:
            answer = (await link.ask(action, timeout=self._timing.answer))[0]
        except LinkError as error:
            log.warning(
                "orders_unanswered", trade=self._trade.name, pbx=self._post.pbx, order=str(order.id), reason=str(error)
            )
            link.close("an order was not answered")
            raise
        return None if answer.get("Response") == "Success" else str(answer.get("Message", ""))

    async def tell(self, reason: str, *, wrong: bool) -> None:
        """A refused login or a missing right is an alarm until an order is carried out."""
        key, facts = f"pbx.{self._trade.name}:{self._post.pbx}", self._hand.grievance(reason)
        try:
            await self._post.bell.set(wrong, key, Severity.WARNING, self._trade.refusal, facts)
        except DATABASE_ERRORS as error:
            log.warning("orders_alarm_waits", trade=self._trade.name, pbx=self._post.pbx, error=_words(error))

    async def _serve(self) -> NoReturn:
        while True:
            pause = self._timing.poll
            if self._post.acts():
                try:
                    await self._linked()
                except LoginRefused as error:
                    await self.tell(str(error), wrong=True)
                    pause = self._timing.refused
                except LinkError as error:
                    log.warning("orders_link_down", trade=self._trade.name, pbx=self._post.pbx, reason=str(error))
                    pause = self._timing.again
            await asyncio.sleep(pause)

    async def _linked(self) -> None:
        """One link's life: until we no longer act. Raises LinkError."""
        limits = replace(Limits(), ping_after=_PING_AFTER)
        address, acts = self._post.keeping.address, self._post.acts
        async with open_link(address, received=lambda _: None, wanted=frozenset(), limits=limits) as link:
            while acts():
                if link.lost.done():
                    raise LinkDown(link.lost.result())
                while acts() and (order := await self._claim()) is not None:
                    await self._hand.carry_out(link, order)
                if self._tend is not None and acts():
                    await self._tend(link)
                await self._woken.wait(self._timing.poll)

    async def _claim(self) -> OrderT | None:
        try:
            return await self._hand.claim()
        except DATABASE_ERRORS as error:
            log.warning("orders_unread", trade=self._trade.name, pbx=self._post.pbx, error=_words(error))
            return None


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
