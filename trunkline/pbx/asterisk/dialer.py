"""Begins the calls that were accepted, over a link of its own whose user may do that, and follows them to their end.

Only the acting node dials. A dial is stored as sent before the PBX hears of it, so a time-out, a lost link or our own
end leaves it to be looked up by its channel's id, in the story and among the PBX's channels; it is never sent twice.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.db.types import Pool
from trunkline.dialing import store
from trunkline.dialing.dial import Outcome, State, Turn, next_turn
from trunkline.dialing.store import Order
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import Link, open_link
from trunkline.pbx.asterisk.originate import originate
from trunkline.pbx.asterisk.session import together
from trunkline.pbx.asterisk.terms import Limits, LinkDown, LinkError, LoginRefused
from trunkline.uptime import uptime
from trunkline.web.i18n import mark
from trunkline.web.metrics import DIALS_ENDED, DIALS_SENT

log = get_logger(__name__)

Living = Callable[[], Awaitable[frozenset[str] | None]]
"""The ids of the PBX's channels now; None where it cannot be asked."""

_REFUSED = mark("The PBX %(pbx)s refuses to dial for us: %(reason)s. Its user %(user)s needs write = agent,originate.")
_DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_PING_AFTER = 30.0
_DENIED = "Permission denied"
"""What Asterisk says where `write = originate` is missing."""


@dataclass(frozen=True, slots=True)
class DialerTiming:
    """Seconds."""

    poll: float = 1.0
    """Between looks for accepted dials where no wake comes."""
    follow: float = 1.0
    """Between looks at those that are not over."""
    answer: float = 5.0
    again: float = 2.0
    """After a lost link."""
    refused: float = 60.0


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
        self._pbx = pbx
        self._keeping = keeping
        self._acts = acts
        self._living = living
        self._pool = pool
        self._redis = redis
        self._bell = bell
        self._timing = timing
        self._clock = clock
        self._woken = Alarm()

    async def run(self) -> None:
        """Send and follow for ever."""
        await together(self._send(), self._follow(), listen(self._redis, {DIALS_WAKE: [self._woken]}))

    async def _send(self) -> NoReturn:
        while True:
            pause = self._timing.poll
            if self._acts():
                try:
                    await self._linked()
                except LoginRefused as error:
                    await self._tell(str(error), wrong=True)
                    pause = self._timing.refused
                except LinkError as error:
                    log.warning("dialer_link_down", pbx=self._pbx, reason=str(error))
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
                    await self._order(link, order)
                await self._woken.wait(self._timing.poll)

    async def _claim(self) -> Order | None:
        try:
            return await store.claim_order(self._pool, self._pbx, self._clock)
        except _DATABASE_ERRORS as error:
            log.warning("dials_unread", pbx=self._pbx, error=str(error) or type(error).__name__)
            return None

    async def _order(self, link: Link, order: Order) -> None:
        """Say it once, or never where we were held up since it was claimed.

        Only a clear refusal ends a dial that was said here; whatever else is learned from the story.
        """
        if self._clock() > order.until:
            DIALS_SENT.labels(self._pbx, "expired").inc()
            log.warning("dial_too_late", pbx=self._pbx, dial=str(order.id))
            await self._turn(order.id, State.SENT, Turn(State.ENDED, Outcome.EXPIRED))
            return
        try:
            answer = (await link.ask(originate(order, self._keeping.ways), timeout=self._timing.answer))[0]
        except LinkError as error:
            log.warning("dial_unanswered", pbx=self._pbx, dial=str(order.id), reason=str(error))
            DIALS_SENT.labels(self._pbx, "unknown").inc()
            link.close("an order was not answered")  # what still lies in the socket must not be dialled late
            raise
        refused = answer.get("Response") != "Success"
        DIALS_SENT.labels(self._pbx, "refused" if refused else "sent").inc()
        reason = str(answer.get("Message", "")) if refused else ""
        log.info("dial_sent", pbx=self._pbx, dial=str(order.id), agent=order.agent, refused=reason or None)
        if not refused or reason == _DENIED:
            await self._tell(reason, wrong=refused)
        if refused:
            await self._turn(order.id, State.SENT, Turn(State.ENDED, Outcome.REFUSED), reason)

    async def _follow(self) -> NoReturn:
        while True:
            await asyncio.sleep(self._timing.follow)
            if self._acts():
                with suppress(*_DATABASE_ERRORS):
                    await self._look()

    async def _look(self) -> None:
        """Turn every open dial to where the story and the PBX say it is."""
        dials = await store.open_dials(self._pool, self._pbx, None)
        if any(known.told is None and known.state is not State.ACCEPTED for _, known in dials):
            dials = await store.open_dials(self._pool, self._pbx, await self._living())
        for dial, known in dials:
            if (turn := next_turn(known, time.time())) is not None:
                await self._turn(dial, known.state, turn)

    async def _turn(self, dial: UUID, before: State, turn: Turn, why: str = "") -> None:
        try:
            turned = await store.turn_dial(self._pool, dial, before, turn, why)
        except _DATABASE_ERRORS as error:
            log.warning("dial_unwritten", pbx=self._pbx, error=str(error) or type(error).__name__)
            return
        if turned and turn.state is State.ENDED:
            DIALS_ENDED.labels(self._pbx, str(turn.outcome)).inc()
            log.info("dial_ended", pbx=self._pbx, dial=str(dial), outcome=str(turn.outcome))

    async def _tell(self, reason: str, *, wrong: bool) -> None:
        """A refused login or a missing right is an alarm until a dial is taken; other refusals are the dial's own."""
        facts = {"pbx": self._pbx, "user": self._keeping.address.username, "reason": reason}
        try:
            await self._bell.set(wrong, f"pbx.dialing:{self._pbx}", Severity.WARNING, _REFUSED, facts)
        except _DATABASE_ERRORS as error:
            log.warning("dialing_alarm_waits", pbx=self._pbx, error=str(error) or type(error).__name__)
