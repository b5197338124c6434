"""Begins the calls that were accepted, over a link of its own whose user may do that, and follows them to their end.

Only the acting node dials. A dial is stored as sent before the PBX hears of it, so a time-out, a lost link or our own
end leaves it to be looked up by its channel's id, in the story and among the PBX's channels; it is never sent twice.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell
from trunkline.db.types import Pool
from trunkline.dialing import store
from trunkline.dialing.dial import Outcome, State, Turn, next_turn
from trunkline.dialing.store import Order
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.log import get_logger
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import Link
from trunkline.pbx.asterisk.orders import DATABASE_ERRORS, DENIED, Orders, OrderTiming, Post, TooLate, Trade
from trunkline.pbx.asterisk.originate import originate
from trunkline.pbx.asterisk.terms import LinkError
from trunkline.uptime import uptime
from trunkline.web.i18n import mark
from trunkline.web.metrics import DIALS_ENDED, DIALS_SENT

log = get_logger(__name__)

Living = Callable[[], Awaitable[frozenset[str] | None]]
"""The ids of the PBX's channels now; None where it cannot be asked."""

_REFUSED = mark("The PBX %(pbx)s refuses to dial for us: %(reason)s. Its user %(user)s needs write = agent,originate.")
_TRADE = Trade("dialing", DIALS_WAKE, _REFUSED)


@dataclass(frozen=True, slots=True)
class DialerTiming(OrderTiming):
    """Seconds."""

    follow: float = 1.0
    """Between looks at those that are not over."""


class Dialer:
    """Dials for one PBX while `acts` says so; `run` runs as long as the station."""

    def __init__(
        self,
        pbx: str,
        keeping: Keeping,
        acts: Callable[[], bool],
        living: Living,
        pool: Pool,
        redis: Redis,
        bell: AlarmBell,
        timing: DialerTiming = DialerTiming(),
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._post = Post(pbx, keeping, acts, pool, redis, bell, clock)
        self._living = living
        self._timing = timing
        self._orders: Orders[Order] = Orders(_TRADE, self._post, self, timing)

    async def run(self) -> None:
        """Send and follow for ever."""
        await self._orders.run(self._follow())

    def grievance(self, reason: str) -> Mapping[str, object]:
        """What is told where the PBX does not dial for us; other refusals are the dial's own."""
        return {"pbx": self._post.pbx, "user": self._post.keeping.address.username, "reason": reason}

    async def claim(self) -> Order | None:
        """The next accepted dial."""
        return await store.claim_order(self._post.pool, self._post.pbx, self._post.clock)

    async def carry_out(self, link: Link, order: Order) -> None:
        """Say it once, or never where we were held up since it was claimed.

        Only a clear refusal ends a dial that was said here; whatever else is learned from the story.
        """
        pbx = self._post.pbx
        try:
            refusal = await self._orders.say(link, order, originate(order, self._post.keeping.ways))
        except TooLate:
            DIALS_SENT.labels(pbx, "expired").inc()
            await self._turn(order.id, State.SENT, Turn(State.ENDED, Outcome.EXPIRED))
            return
        except LinkError:
            DIALS_SENT.labels(pbx, "unknown").inc()
            raise
        refused = refusal is not None
        DIALS_SENT.labels(pbx, "refused" if refused else "sent").inc()
        log.info("dial_sent", pbx=pbx, dial=str(order.id), agent=order.agent, refused=refusal)
        if not refused or refusal == DENIED:
            await self._orders.tell(refusal or "", wrong=refused)
        if refusal is not None:
            await self._turn(order.id, State.SENT, Turn(State.ENDED, Outcome.REFUSED), refusal)

    async def _follow(self) -> NoReturn:
        while True:
            await asyncio.sleep(self._timing.follow)
            if self._post.acts():
                with suppress(*DATABASE_ERRORS):
                    await self._look()

    async def _look(self) -> None:
        """Turn every open dial to where the story and the PBX say it is."""
        dials = await store.open_dials(self._post.pool, self._post.pbx, None)
        if any(known.told is None and known.state is not State.ACCEPTED for _, known in dials):
            dials = await store.open_dials(self._post.pool, self._post.pbx, await self._living())
        for dial, known in dials:
            if (turn := next_turn(known, time.time())) is not None:
                await self._turn(dial, known.state, turn)

    async def _turn(self, dial: UUID, before: State, turn: Turn, why: str = "") -> None:
        try:
            turned = await store.turn_dial(self._post.pool, dial, before, turn, why)
        except DATABASE_ERRORS as error:
            log.warning("dial_unwritten", pbx=self._post.pbx, error=str(error) or type(error).__name__)
            return
        if turned and turn.state is State.ENDED:
            DIALS_ENDED.labels(self._post.pbx, str(turn.outcome)).inc()
            log.info("dial_ended", pbx=self._post.pbx, dial=str(dial), outcome=str(turn.outcome))
