"""Hooks of hosted PBXs decided as every question is: verified, spooled, answered in the provider's own words."""

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from router.commander import Commander
from router.dialogue_states import DialogueStates
from router.hook_doors import Door, Doors
from router.hook_keeping import HookKeeper, Judged
from router.journal import Answered
from router.lately import Lately
from router.switchboard import Reply
from router.web import Desk
from router.wire import worded
from trunkline.crypto import SecretBox
from trunkline.log import get_logger
from trunkline.pbx.hooks.port import HookReply, Verdict
from trunkline.pbx.hooks.probe import is_probe
from trunkline.pbx.hooks.refusal import REFUSED, refusal_of
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Next, Question
from trunkline.spool import SpoolWriter
from trunkline.web.security import Address

log = get_logger(__name__)

REPEAT_SECONDS: Final = 2.0
"""The same request within this time was sent twice; later the call has come back to where it asked, as after an
extension that did not answer, and asks for its next turn.
"""


class Waiting(NamedTuple):
    """A request whose `reply` rings telephones that have to be reserved; `key` is what its repeats have too.

    `missing`: another node may have answered an earlier turn of its call.
    """

    door: Door
    request: HookRequest
    key: str
    question: Question
    reply: Reply
    now: float
    started: float
    missing: bool


class HookDesk:
    """Answers hooks; the `states` of dialogues are kept by call, for providers that echo nothing."""

    def __init__(
        self, desk: Desk, spool: SpoolWriter, box: SecretBox, commander: Commander, states: DialogueStates
    ) -> None:
        self._desk = desk
        self._commander = commander
        self._box = box
        self._doors = Doors(desk.switchboard.directory.head, box)
        self._keeper = HookKeeper(desk, spool)
        self._states = states
        self._replies: Lately[tuple[float, HookReply]] = Lately()
        """What was answered to each request, and when: a repeat is no further turn."""

    @property
    def doors(self) -> Doors:
        """Those of the directory as it is now."""
        head = self._desk.switchboard.directory.head
        if head is not self._doors.head:
            self._doors = Doors(head, self._box)
        return self._doors

    def door(self, provider: str, secret: str) -> Door | None:
        """Whose address this is; None is counted as a refusal."""
        found = self.doors.behind(provider, secret)
        if found is None and not self.is_probe(secret):
            self._desk.journal.refuse(404)
        return found

    def is_probe(self, secret: str) -> bool:
        """Whether `trunkline pbx check` asks if the address is reached."""
        return is_probe(secret, self._box, self._desk.clock())

    async def answer(self, door: Door, request: HookRequest, address: Address | None, started: float) -> HookReply:
        """What goes back, once what came lies in the spool; a fault of ours gets the provider's "nothing known"."""
        judged = self.judge(door, request, address, started)
        return self.kept((judged if isinstance(judged, Judged) else await self.awaited(judged),))[0]

    def unread(self, door: Door, request: HookRequest) -> HookReply:
        """What goes back for a body that did not come in time, or not whole: nobody can say whose it was."""
        reply = door.provider.reply(None, request, door.account)
        return self.kept((Judged(door, request, Verdict.UNREADABLE, reply),))[0]

    def judge(self, door: Door, request: HookRequest, address: Address | None, started: float) -> Judged | Waiting:
        """What is to go back once it is `kept`, or what has to be `awaited` before."""
        verdict = Verdict.UNREADABLE  # until it is known whose it is: what is kept as fitting is told on
        try:
            if (unfit := self._unfit(door, request, address)) is not None:
                return unfit
            verdict = Verdict.FITS
            return self._judged(door, request, started)
        except Exception:
            log.exception("hook_failed", pbx=door.pbx.id, provider=door.provider.name)
            return _nothing_known(door, request, verdict)

    async def awaited(self, waiting: Waiting) -> Judged:
        """Judged, once its telephones ring for no other call."""
        door, request, key, question, reply, now, started, missing = waiting
        try:
            reply = await self._desk.reserved(question, reply, now, started, door.pbx.deadline_ms)
            return self._told(door, request, key, Answered(question, _marked(reply, missing), now, started))
        except Exception:
            log.exception("hook_failed", pbx=door.pbx.id, provider=door.provider.name)
            return _nothing_known(door, request, Verdict.FITS)

    def kept(self, judged: Sequence[Judged]) -> list[HookReply]:
        """The replies, which may go out: all that was asked lies in the spool."""
        self._keeper.keep(judged)
        return [one.reply for one in judged]

    def _unfit(self, door: Door, request: HookRequest, address: Address | None) -> Judged | None:
        """What goes back where nobody can say that the PBX itself told it; None where it did."""
        provider, account = door.provider, door.account
        if not door.lets_in(address):
            return Judged(door, request, Verdict.ADDRESS, REFUSED)
        if (greeting := provider.greet(request)) is not None:
            return Judged(door, request, Verdict.GREETING, greeting)
        if door.sealed:  # without its secret nothing can be told of it, but the PBX goes its own way at once
            return Judged(door, request, Verdict.SEALED, provider.reply(None, request, account))
        verdict = provider.verify(request, account)
        if verdict is not Verdict.FITS:
            return Judged(door, request, verdict, refusal_of(provider, verdict, request, account))
        return None

    def _judged(self, door: Door, request: HookRequest, started: float) -> Judged | Waiting:
        provider, account = door.provider, door.account
        question = provider.question(request, account)
        if not self._commander.asks(door, request, question) or question is None:
            return Judged(door, request, Verdict.FITS, provider.reply(None, request, account))
        return self._answered(door, request, question, started)

    def _answered(self, door: Door, request: HookRequest, question: Question, started: float) -> Judged | Waiting:
        """As decided, or as it was a moment ago where this is the same request: that is no further decision."""
        key, now = door.provider.key(request), self._desk.clock()
        before = self._replies.get((door.pbx.id, key))
        if before is not None and now - before[0] < REPEAT_SECONDS:
            return Judged(door, request, Verdict.FITS, before[1])
        question, missing = worded(question), False
        if not (question.state or door.is_asked_once):
            state, missing = self._states.standing(question.pbx, question.call_id)
            if state:
                question = msgspec.structs.replace(question, state=state)
        reply, rings = self._desk.offers.decide(question, now)
        if rings:
            return Waiting(door, request, key, question, reply, now, started, missing)
        return self._told(door, request, key, Answered(question, _marked(reply, missing), now, started))

    def _told(self, door: Door, request: HookRequest, key: str, answered: Answered) -> Judged:
        """The decision in the provider's words, remembered for the call's next turn and for a repeat."""
        question, decision = answered.question, answered.reply.decision
        state = decision.state if decision.next is Next.ASK else ""
        if not door.is_asked_once:
            self._states.put(question.pbx, question.call_id, state)
        reply = door.provider.reply(decision, request, door.account)
        self._replies.put((door.pbx.id, key), (answered.now, reply))
        self._commander.offer(door, request, question, decision)
        return Judged(door, request, Verdict.FITS, reply, answered)


def _marked(reply: Reply, missing: bool) -> Reply:
    """The reply, saying where it was decided as a first turn because nobody could be asked whether it is one."""
    if not missing:
        return reply
    degraded = (*reply.decision.degraded, "state")
    return reply._replace(decision=msgspec.structs.replace(reply.decision, degraded=degraded))


def _nothing_known(door: Door, request: HookRequest, verdict: Verdict) -> Judged:
    return Judged(door, request, verdict, door.provider.reply(None, request, door.account))


def received_now() -> int:
    """Now, in the unit hooks are stamped with."""
    return time.time_ns() // 1000
