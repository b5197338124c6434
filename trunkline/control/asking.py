"""From a request to an order that was carried out or not: shared by the live floor, the card and the API.

Who may: the right is the route's, what it is about is looked up here, within the asker's reach. A listener's extension
is his own and nothing he sends.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.control import store
from trunkline.control.order import PAUSES, Kind, Mode, Place, State, Target, Why, read_target
from trunkline.control.store import CONTROLS, LISTENS, Choice, Leg, NewOrder
from trunkline.control.wake import ORDERS_WAKE
from trunkline.control.words import CONTROL_OFF, LISTEN_OFF, outcome_in_words, why_in_words, wrong_words
from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.keys import pool_key, redis_key
from trunkline.outbox.wake import wake
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Identity
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _

MODE_RIGHTS: Final = {
    Mode.LISTEN: Right.CALLS_LISTEN,
    Mode.WHISPER: Right.CALLS_WHISPER,
    Mode.BARGE: Right.CALLS_BARGE,
}
_SENDABLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.+-]{1,79}").fullmatch
"""What the dialplan's pattern takes as an extension."""


@dataclass(slots=True)
class Patience:
    """Seconds whoever asks waits for what comes of it, and between looks."""

    answer: float = 6.0
    look: float = 0.1


patience_key = web.AppKey("control_patience", Patience)
"""Another patience than the usual."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the order, where there is one, and the sentence for people."""

    state: State
    message: str
    why: str = ""
    order: UUID | None = None

    @property
    def done(self) -> bool:
        """Whether the PBX did it."""
        return self.state is State.DONE

    @property
    def refused(self) -> bool:
        """Whether nothing was changed; what is neither done nor refused may have happened."""
        return self.state in {State.REFUSED, State.EXPIRED}


async def offered(connection: Connection, *, but: str | None = None) -> list[Choice]:
    """Where a call can be sent."""
    return [one for one in await store.choices(connection, but=but) if _SENDABLE(one.target.name)]


def modes_of(identity: Identity) -> list[Mode]:
    """How this person may listen."""
    if not identity.holds(Right.CALLS_LISTEN):
        return []
    return [mode for mode, right in MODE_RIGHTS.items() if identity.holds(right)]


async def move(request: web.Request, call: UUID, queue: str, to: str) -> Answer:
    """Send who waits in `queue` to `to`. Raises InvalidInput."""
    asker = signed_in(request)
    async with transaction(request) as connection:
        choice = await _target(connection, to)
        if choice.target == Target(Place.QUEUE, queue):
            raise InvalidInput(Mistake("$.to", _("he waits there already: choose another place")))
        leg = await store.waiting_leg(connection, call, queue, asker.reach())
        refused = await _refused(connection, asker, leg, CONTROLS, CONTROL_OFF, Why.GONE)
        if refused is not None or leg is None:
            return refused or _nothing(Why.GONE)
        new = NewOrder(Kind.MOVE, call, leg, choice, queue=queue)
        order = await _keep(request, connection, new, {"from": queue, "to": choice.target.name})
    return await _carried_out(request, order, Kind.MOVE, choice.name)


async def pass_on(request: web.Request, call: UUID, to: str, words: str) -> Answer:
    """Send whom the asker himself talks with in `call` to `to`; `words` are for who takes it. Raises InvalidInput."""
    asker, words = signed_in(request), words.replace("\r\n", "\n")
    wrong = [Mistake("$.words", text)] if (text := wrong_words(words)) else []
    async with transaction(request) as connection:
        try:
            choice = await _target(connection, to, but=asker.extension)
        except InvalidInput as error:
            raise InvalidInput(*error.mistakes, *wrong) from None
        if wrong:
            raise InvalidInput(*wrong)
        leg = None if asker.extension is None else await store.talking_leg(connection, call, asker.extension)
        refused = await _refused(connection, asker, leg, CONTROLS, CONTROL_OFF, Why.SILENT)
        if refused is not None or leg is None:
            return refused or _nothing(Why.SILENT)
        new = NewOrder(Kind.PASS, call, leg, choice, agent=asker.extension or "", words=words)
        order = await _keep(request, connection, new, {"to": choice.target.name, "characters": len(words)})
    return await _carried_out(request, order, Kind.PASS, choice.name)


async def listen(request: web.Request, call: UUID, agent: str, mode: str) -> Answer:
    """Ring the asker's own phone, so that he hears `agent` in `call`. Raises InvalidInput, Forbidden."""
    asker = signed_in(request)
    if mode not in [one.value for one in Mode]:
        raise InvalidInput(Mistake("$.mode", _("must be one of listen, whisper, barge")))
    if Mode(mode) not in modes_of(asker):
        raise Forbidden(_("You may not listen to calls that way."))
    if asker.extension is None:
        raise InvalidInput(Mistake("$.agent", _("you have no extension of your own, so no phone of yours can ring")))
    if agent == asker.extension:
        raise InvalidInput(Mistake("$.agent", _("must be somebody else's extension")))
    async with transaction(request) as connection:
        if not await store.has_telephone(connection, asker.person):
            raise InvalidInput(Mistake("$.agent", _("you work on your mobile, so no phone of yours can ring for this")))
        leg = await store.heard_leg(connection, call, agent, asker.reach())
        refused = await _refused(connection, asker, leg, LISTENS, LISTEN_OFF, Why.SILENT)
        if refused is not None or leg is None:
            return refused or _nothing(Why.SILENT)
        new = NewOrder(Kind.LISTEN, call, leg, agent=agent, mode=Mode(mode), extension=asker.extension)
        order = await _keep(request, connection, new, {"agent": agent, "mode": mode, "extension": asker.extension})
    return await _carried_out(request, order, Kind.LISTEN)


async def pause(request: web.Request, call: UUID, seconds: int) -> Answer:
    """Keep what is said from now on out of the recording; it goes on by itself. Raises InvalidInput."""
    if seconds not in PAUSES:
        told = {"least": PAUSES[0], "most": PAUSES[-1]}
        raise InvalidInput(Mistake("$.seconds", _("must be a number of seconds from %(least)s to %(most)s") % told))
    asker = signed_in(request)
    async with transaction(request) as connection:
        leg = await store.recorded_leg(connection, call, asker.reach())
        refused = await _refused(connection, asker, leg, CONTROLS, CONTROL_OFF, Why.UNRECORDED)
        if refused is not None or leg is None:
            return refused or _nothing(Why.UNRECORDED)
        new = NewOrder(Kind.PAUSE, call, leg, seconds=seconds)
        order = await _keep(request, connection, new, {"seconds": seconds})
    return await _carried_out(request, order, Kind.PAUSE, str(seconds))


async def go_on(request: web.Request, call: UUID) -> Answer:
    """Record again what paused, now; where that fails it still goes on by itself."""
    asker = signed_in(request)
    async with transaction(request) as connection:
        leg = await store.recorded_leg(connection, call, asker.reach())
        refused = await _refused(connection, asker, leg, CONTROLS, CONTROL_OFF, Why.UNRECORDED)
        if refused is not None or leg is None:
            return refused or _nothing(Why.UNRECORDED)
        order = await _keep(request, connection, NewOrder(Kind.RECORD, call, leg), {})
    return await _carried_out(request, order, Kind.RECORD)


async def _target(connection: Connection, text: str, *, but: str | None = None) -> Choice:
    target = read_target(text)
    found = next((one for one in await offered(connection, but=but) if one.target == target), None)
    if found is None:
        raise InvalidInput(Mistake("$.to", _("choose a queue or a colleague of the list, e.g. queue:sales")))
    return found


async def _refused(
    connection: Connection, asker: Identity, leg: Leg | None, setting: str, off: str, missing: Why
) -> Answer | None:
    """Why it is not even asked: no PBX lets us, or this one; the call is not there (for him); he asked a moment ago."""
    allowing = await store.controlling(connection, setting)
    if not allowing:
        return Answer(State.REFUSED, _(off), Why.SETTING)
    if leg is None:
        return _nothing(missing)
    if leg.pbx not in allowing:
        return _nothing(Why.SETTING)
    return _nothing(Why.BUSY) if await store.has_open(connection, asker.person) else None


def _nothing(why: Why) -> Answer:
    return Answer(State.REFUSED, why_in_words(why), why)


async def _keep(request: web.Request, connection: Connection, new: NewOrder, said: dict[str, object]) -> UUID:
    """The order and its line of the audit log, in one transaction."""
    at = now()
    keep = store.add_pause if new.kind is Kind.PAUSE else store.add_order
    order = await keep(connection, new, signed_in(request), at)
    deed = Deed(f"call.{new.kind.value}_ordered", "call", str(new.call_id), None, {**said, "order": str(order)})
    await record(connection, actor_of(request), deed, at)
    return order


async def _carried_out(request: web.Request, order: UUID, kind: Kind, target: str = "") -> Answer:
    """Wake the nodes that act, and wait a moment for what comes of it; what none of them took is taken back."""
    await wake(request.app[redis_key], ORDERS_WAKE)
    pool, loop = request.app[pool_key], asyncio.get_running_loop()
    patience = request.app.get(patience_key, Patience())
    until = loop.time() + patience.answer
    state, why = await store.state_of(pool, order)
    while state in {State.ACCEPTED, State.SENT} and loop.time() < until:
        await asyncio.sleep(patience.look)
        state, why = await store.state_of(pool, order)
    if state is State.ACCEPTED:
        state, why = await store.withdraw_order(pool, order)
    return Answer(state, outcome_in_words(kind, state, why, target), why, order)
