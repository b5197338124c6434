"""Silences what is recorded of a call, at every channel that records it, and lets it sound again.

What begins to be recorded while a pause is in force is silenced as well: `keep` looks between two orders, and says all
of it again each time, for a recorder that was begun anew sounds and nothing tells us. Said twice it does no harm.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Protocol

from trunkline.control import store
from trunkline.control.order import Order, State, Why
from trunkline.log import get_logger
from trunkline.pbx.asterisk import control
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.link import Link
from trunkline.pbx.asterisk.orders import DATABASE_ERRORS, Post, Refused

log = get_logger(__name__)

_KEEP_SECONDS = 2.0
"""In which what is looked at may still be said: the acting node may be another one by then."""

Say = Callable[[Link, Order, dict[str, str]], Awaitable[None]]
"""Raises Refused with the PBX's words, LinkError where it says nothing."""


class Look(Protocol):
    """Asks over the link that hears; raises Refused where that is down."""

    async def __call__(self, action: str, **headers: str) -> list[Frame]: ...


class Partly(Exception):
    """Some of it is silent, and some is not."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Silencer:
    """Of one PBX; `calls` are those whose recordings pause, as it names them."""

    def __init__(self, post: Post, look: Look, say: Say) -> None:
        self._post = post
        self._look = look
        self._say = say
        self.calls: frozenset[str] = frozenset()

    async def silence(self, link: Link, pause: Order) -> None:
        """Raises Refused where nothing is silent, Partly where not all is, LinkError where that is not known."""
        self.calls |= {pause.linkedid}
        await self._silence(link, pause, await self._look("Status", **control.RECORDERS))

    async def let_sound(self, link: Link, order: Order) -> None:
        """Of all channels of the call; raises Refused where one of them may be silent still, and LinkError."""
        there = _of(await self._look("Status", **control.RECORDERS), order)
        if not there:
            raise Refused(Why.SILENT)
        _, why = await self._tell(link, order, there.values(), silent=False)
        if why is not None:
            raise Refused(why)

    async def keep(self, link: Link) -> None:
        """Silence what is recorded of the calls that pause; raises LinkError."""
        until = self._post.clock() + _KEEP_SECONDS
        try:
            pauses = await store.pauses_in_force(self._post.pool, self._post.pbx, until)
        except DATABASE_ERRORS as error:
            self._unwritten("pauses_unread", error)
            return
        self.calls = frozenset(pause.linkedid for pause in pauses)
        try:
            status = await self._look("Status", **control.RECORDERS) if pauses else []
        except Refused:
            return  # it is looked at again
        for pause in pauses:
            await self._keep(link, pause, status)

    async def _keep(self, link: Link, pause: Order, status: Iterable[Frame]) -> None:
        try:
            await self._silence(link, pause, status)
        except (Refused, Partly) as refused:
            log.info("pause_not_kept", pbx=self._post.pbx, order=str(pause.id), why=refused.why)
            return
        if pause.state is not State.DONE:  # whether it was done nobody knew
            try:
                await store.end_order(self._post.pool, pause.id, State.DONE)
            except DATABASE_ERRORS as error:
                self._unwritten("order_unwritten", error)

    async def _silence(self, link: Link, pause: Order, status: Iterable[Frame]) -> None:
        there = _of(status, pause)
        if not there:
            raise Refused(Why.SILENT)
        try:
            await store.ask_silences(self._post.pool, pause.call_id, there)
        except DATABASE_ERRORS as error:
            self._unwritten("silences_unwritten", error)
        done, why = await self._tell(link, pause, there.values(), silent=True)
        legs = [leg for leg, channel in there.items() if channel in done]
        try:
            await store.note_silences(self._post.pool, pause.call_id, legs, there.keys() - legs)
        except DATABASE_ERRORS as error:
            self._unwritten("silences_unwritten", error)
        if why is not None:
            raise Partly(why) if done else Refused(why)
        if not done:
            raise Refused(Why.SILENT)

    async def _tell(
        self, link: Link, order: Order, channels: Collection[str], *, silent: bool
    ) -> tuple[list[str], str | None]:
        """The channels that took it, and why another refused; one that records nothing (any more) need not."""
        done, why = [], None
        for channel in channels:
            try:
                await self._say(link, order, control.mute(channel, silent=silent))
            except Refused as refused:
                if refused.why not in control.NOTHING_RECORDED:
                    why = why or refused.why
            else:
                done.append(channel)
        return done, why

    def _unwritten(self, what: str, error: BaseException) -> None:
        log.warning(what, pbx=self._post.pbx, error=str(error) or type(error).__name__)


def _of(status: Iterable[Frame], order: Order) -> dict[str, str]:
    return control.recorders(status, order.linkedid, {order.leg, *order.legs})
