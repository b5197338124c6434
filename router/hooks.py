"""Hooks of hosted PBXs decided as every question is: verified, spooled, answered in the provider's own words."""

import time
from collections import OrderedDict
from typing import Final, Generic, TypeVar

import msgspec

from router.commander import Commander
from router.hook_doors import Door, Doors
from router.journal import Answered
from router.web import Desk
from router.wire import worded
from trunkline.crypto import SecretBox
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.pbx.hooks.hiding import without_secrets
from trunkline.pbx.hooks.port import HookReply, Verdict
from trunkline.pbx.hooks.probe import is_probe
from trunkline.pbx.hooks.record import HookRecord, pack_hook
from trunkline.pbx.hooks.refusal import REFUSED, refusal_of
from trunkline.pbx.hooks.request import LONGEST_BODY, HookRequest
from trunkline.pbx.port import Next, Question
from trunkline.spool import Kind, SpoolWriter
from trunkline.web.security import Address

log = get_logger(__name__)

MOST_DIALOGUES: Final = 10_000
REPEAT_SECONDS: Final = 2.0
"""The same request within this time was sent twice; later the call has come back to where it asked, as after an
extension that did not answer, and asks for its next turn.
"""
_REFUSED_BYTES: Final = 4096
_ANSWER_LETTERS: Final = 1000
_PEACEFUL: Final = frozenset({Verdict.FITS, Verdict.GREETING})


_T = TypeVar("_T")


class _Lately(Generic[_T]):
    """What was said last to each call or request of a PBX; the oldest is forgotten, an empty name never remembered."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[str, str], _T] = OrderedDict()

    def get(self, key: tuple[str, str]) -> _T | None:
        return self._said.get(key)

    def put(self, key: tuple[str, str], said: _T | None) -> None:
        """None forgets."""
        self._said.pop(key, None)
        if said is not None and key[1]:
            self._said[key] = said
            if len(self._said) > MOST_DIALOGUES:
                self._said.popitem(last=False)


class HookDesk:
    """Answers hooks; the states of dialogues are kept by call, for providers that echo nothing."""

    def __init__(self, desk: Desk, spool: SpoolWriter, box: SecretBox, commander: Commander) -> None:
        self._desk = desk
        self._commander = commander
        self._spool = spool
        self._box = box
        self._doors = Doors(desk.switchboard.directory.head, box)
        self._states: _Lately[str] = _Lately()
        self._replies: _Lately[tuple[float, HookReply]] = _Lately()
        """What was answered to each request, and when: a repeat is no further turn."""
        self._was_full = False

    def door(self, provider: str, secret: str) -> Door | None:
        """Whose address this is; None is counted as a refusal."""
        head = self._desk.switchboard.directory.head
        if head is not self._doors.head:
            self._doors = Doors(head, self._box)
        found = self._doors.behind(provider, secret)
        if found is None and not self.is_probe(secret):
            self._desk.journal.refuse(404)
        return found

    def is_probe(self, secret: str) -> bool:
        """Whether `trunkline pbx check` asks if the address is reached."""
        return is_probe(secret, self._box, self._desk.clock())

    async def answer(self, door: Door, request: HookRequest, address: Address | None, started: float) -> HookReply:
        """What goes back, once what came lies in the spool; a fault of ours gets the provider's "nothing known"."""
        verdict, answered = Verdict.FITS, None
        try:
            verdict, reply, answered = await self._judged(door, request, address, started)
        except Exception:
            log.exception("hook_failed", pbx=door.pbx.id, provider=door.provider.name)
            reply = door.provider.reply(None, request, door.account)
        self._keep(door, request, verdict, reply, answered)
        return reply

    def unread(self, door: Door, request: HookRequest) -> HookReply:
        """What goes back for a body that did not come in time, or not whole: nobody can say whose it was."""
        reply = door.provider.reply(None, request, door.account)
        self._keep(door, request, Verdict.UNREADABLE, reply)
        return reply

    async def _judged(
        self, door: Door, request: HookRequest, address: Address | None, started: float
    ) -> tuple[Verdict, HookReply, Answered | None]:
        provider, account = door.provider, door.account
        if not door.lets_in(address):
            return Verdict.ADDRESS, REFUSED, None
        if (greeting := provider.greet(request)) is not None:
            return Verdict.GREETING, greeting, None
        if door.sealed:  # without its secret nothing can be told of it, but the PBX goes its own way at once
            return Verdict.SEALED, provider.reply(None, request, account), None
        verdict = provider.verify(request, account)
        if verdict is not Verdict.FITS:
            return verdict, refusal_of(provider, verdict, request, account), None
        question = provider.question(request, account)
        if not self._commander.asks(door, request, question) or question is None:
            return verdict, provider.reply(None, request, account), None
        return verdict, *await self._answered(door, question, request, started)

    async def _answered(
        self, door: Door, question: Question, request: HookRequest, started: float
    ) -> tuple[HookReply, Answered | None]:
        """As decided, or as it was a moment ago where this is the same request: that is no further decision."""
        told, now = (door.pbx.id, door.provider.key(request)), self._desk.clock()
        before = self._replies.get(told)
        if before is not None and now - before[0] < REPEAT_SECONDS:
            return before[1], None
        answered = await self._decided(door, question, started)
        reply = door.provider.reply(answered.reply.decision, request, door.account)
        self._replies.put(told, (now, reply))
        self._commander.offer(door, request, answered.reply.decision)
        return reply, answered

    async def _decided(self, door: Door, question: Question, started: float) -> Answered:
        """By the same rules, modes and journal as every other PBX's question."""
        question = worded(question)
        key, now = (question.pbx, question.call_id), self._desk.clock()
        if not question.state and (state := self._states.get(key)):
            question = msgspec.structs.replace(question, state=state)
        reply = await self._desk.answer(question, now, started, door.pbx.deadline_ms)
        decision = reply.decision
        self._states.put(key, decision.state if decision.next is Next.ASK else None)
        return Answered(question, reply, now, started)

    def _keep(
        self, door: Door, request: HookRequest, verdict: Verdict, reply: HookReply, answered: Answered | None = None
    ) -> None:
        """Accept it. What was refused is kept too, shortened: who connects a PBX has to see what came."""
        self._desk.journal.heard_hook(door.provider.name, verdict.value)
        most = LONGEST_BODY if verdict in _PEACEFUL else _REFUSED_BYTES
        # Twice what is kept: of a secret that is cut no half stays.
        body = without_secrets(request.body[: 2 * most], door.hidden, door.carried)[:most]
        query = request.query and without_secrets(
            request.query.encode(errors="replace"), door.hidden, door.carried
        ).decode(errors="replace")
        record = HookRecord(
            door.pbx.id,
            door.provider.name,
            request.received,
            printable(request.content_type[:200]),
            request.method,
            printable(request.path[:500]),
            query,
            body,
            verdict.value,
            dict(door.account.settings),
            reply.body[:_ANSWER_LETTERS].decode(errors="replace"),
            request.peer,
        )
        self._append(door, record, answered)

    def _append(self, door: Door, record: HookRecord, answered: Answered | None) -> None:
        """In one write with the decision it asked for; where that cannot be kept, by itself."""
        try:
            hook = pack_hook(record)
            if answered is not None:
                told = self._desk.kept(answered, "hook", ((Kind.HOOK, hook, answered.now),))
                if told is answered.reply.decision:
                    return
            self._spool.append(Kind.HOOK, hook)
            self._was_full = False
        except (SpoolFull, OSError, ValueError) as error:
            self._note_full(door, error)

    def _note_full(self, door: Door, error: Exception) -> None:
        if not self._was_full:
            log.error("hooks_not_kept", pbx=door.pbx.id, reason=str(error))
        self._was_full = True


def printable(text: str) -> str:
    """`text` as it can be kept: a byte of a header that is no UTF-8 has no letter."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def received_now() -> int:
    """Now, in the unit hooks are stamped with."""
    return time.time_ns() // 1000
