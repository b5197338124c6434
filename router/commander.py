"""Sends the commands of PBXs that route by them, beside the questions: no hook waits for one.

One task an account; the account's spacing begins when the answer to the last command was there, so that no delay on
the way brings two of them together. What never reached the provider is sent again while it is in time; where no answer
came it may have been done, and is not. What became of each is counted, logged and kept among the PBX's requests.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from secrets import token_hex
from typing import Final

from router.command_queue import CommandQueue, Dropped, Waiting, Why, is_routed, rank_of
from router.hook_doors import Door
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.pbx.hooks.api import Api, hosted_api
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.commanding import Command, Commanding, Fate, News
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import COMMANDING
from trunkline.pbx.hooks.record import HookRecord, pack_hook
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision, Question
from trunkline.spool import Kind, SpoolWriter
from trunkline.web.metrics import ROUTE_COMMANDS
from trunkline.webhooks.address import AddressRules

log = get_logger(__name__)

ANSWER_SECONDS: Final = 5.0
_OURS: Final = "trunkline-"
_MOST_KNOWN: Final = 10_000
_ANSWER_LETTERS: Final = 1000
_CROWD_SECONDS: Final = 60
_FORM: Final = "application/x-www-form-urlencoded"
_STRANGER: Final = frozenset({401, 403})
_RINGING: Final = frozenset({Action.EXTENSION, Action.TARGETS, Action.NUMBER})
_SENT_ONLY: Final = _RINGING - {Action.EXTENSION}
"""No PBX rings these by itself; a single telephone may be where the line's own scheme goes."""
_NOT_DONE: Final = frozenset({Fate.DROPPED, Fate.REFUSED})
_BUSY: Final = frozenset({429, 503})


class _Lane:
    """One account: its commands, and what wakes its task."""

    def __init__(self, provider: Commanding, rests_until: float) -> None:
        self.provider = provider
        self.queue = CommandQueue(provider.spacing_seconds, provider.patience_seconds, rests_until)
        self.woken = asyncio.Event()


class _Known:
    """Calls and legs heard of lately; the oldest is forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Why | None] = OrderedDict()

    def note(self, key: tuple[str, str], why: Why | None = None) -> bool:
        """Whether it was new; what was noted first stays."""
        if key in self._known:
            return False
        self._known[key] = why
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return True

    def forget(self, key: tuple[str, str]) -> bool:
        """Whether it was known."""
        known = key in self._known
        self._known.pop(key, None)
        return known

    def get(self, key: tuple[str, str]) -> Why | None:
        return self._known.get(key)


class Commander:
    """`asks` and `offer` are called while a hook is answered and wait for nothing; `run` sends.

    `give_back` is told the PBX and the call whose telephones, if any, will not ring by our command.
    """

    def __init__(
        self,
        spool: SpoolWriter,
        rules: AddressRules,
        give_back: Callable[[str, str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool = spool
        self._give_back = give_back
        self._rules = rules
        self._clock = clock
        self._began = clock()
        self._run = token_hex(12)
        self._commands = count()
        self._lanes: dict[str, _Lane] = {}
        self._woken = asyncio.Event()
        self._asked = _Known()
        self._useless = _Known()
        self._crowded = _Known()
        self._ringing = _Known()

    def asks(self, door: Door, request: HookRequest, question: Question | None) -> bool:
        """Whether `question` is to be decided: of a call by commands once, for they say nothing of a second turn.

        What `request` tells of commands that wait is heard first.
        """
        provider = COMMANDING.get(door.provider.name)
        if provider is None:
            return question is not None
        pbx = door.pbx.id
        if (news := provider.news(request)) is not None:
            self._hear(pbx, news)
        self._confirm(pbx, provider, request)
        return question is not None and self._asked.note((pbx, question.call_id))

    def offer(self, door: Door, request: HookRequest, question: Question, decision: Decision) -> None:
        """Let the command of `decision` wait for its turn, where it needs one and its line is ours to route."""
        provider = COMMANDING.get(door.provider.name)
        if provider is None:
            return
        pbx, routed = door.pbx.id, is_routed(decision)
        command = provider.command(decision, request, door.account, self._next_id()) if routed else None
        if command is None:
            if decision.action in (_SENT_ONLY if routed else _RINGING):
                self._give_back(pbx, question.call_id)
            elif routed and decision.action in _RINGING:
                self._ringing.note((pbx, question.call_id))
            return
        waiting = self._waiting(command, decision, door.account)
        why = self._useless.get((pbx, command.call)) or self._useless.get((pbx, command.leg))
        if why is not None:  # its end came before its beginning
            self._drop(pbx, provider, [(waiting, why)])
            return
        lane = self._lanes.get(pbx)
        if lane is None:
            # Another process may have sent one just before this one began.
            lane = self._lanes[pbx] = _Lane(provider, self._began + provider.spacing_seconds)
            self._woken.set()
        was_empty = len(lane.queue) == 0
        self._drop(pbx, provider, lane.queue.put(waiting))
        if was_empty:  # behind others nothing is due sooner
            lane.woken.set()

    def _next_id(self) -> str:
        """No other process's either. Chance is asked for once: with each call it takes as long as the whole command."""
        return f"{_OURS}{self._run}-{next(self._commands)}"

    def _waiting(self, command: Command, decision: Decision, account: Account) -> Waiting:
        rank, reserves = rank_of(decision, command), decision.action in _RINGING
        return Waiting(command, rank, self._clock(), account, reserves)

    async def run(self) -> None:
        """Send what waits, for ever."""
        async with (
            hosted_api(self._rules, answer_seconds=ANSWER_SECONDS) as api,
            asyncio.TaskGroup() as tasks,
        ):
            served: set[str] = set()
            while True:
                for pbx in self._lanes.keys() - served:
                    tasks.create_task(self._serve(api, pbx, self._lanes[pbx]), name=f"commands-{pbx}")
                    served.add(pbx)
                self._woken.clear()
                await self._woken.wait()

    async def _serve(self, api: Api, pbx: str, lane: _Lane) -> None:
        while True:
            now = self._clock()
            self._drop(pbx, lane.provider, lane.queue.tidy(now))
            if (waiting := lane.queue.take(now)) is not None:
                await self._send(api, pbx, lane, waiting)
                continue
            lane.woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(lane.queue.wait(now)):
                    await lane.woken.wait()

    async def _send(self, api: Api, pbx: str, lane: _Lane, waiting: Waiting) -> None:
        rest = 0.0
        if waiting.reserves:
            self._ringing.note((pbx, waiting.command.call))
        try:
            answer = await api.ask(lane.provider.written(waiting.command, waiting.account).request)
            if isinstance(answer, Fault):
                rest = min(answer.retry_after or 0.0, lane.provider.lockout_seconds)
            elif answer.status in _STRANGER:
                rest = lane.provider.lockout_seconds
            if _was_not_heard(answer):
                self._put_back(pbx, lane, waiting)
                log.info("command_waits_again", pbx=pbx, command=waiting.command.id)
                return
            self._tell(pbx, lane.provider, waiting, *_fate_of(answer, lane.provider))
        finally:
            lane.queue.done(self._clock(), rest)

    def _put_back(self, pbx: str, lane: _Lane, waiting: Waiting) -> None:
        """To its old place, unless its call ended while it was on its way."""
        command = waiting.command
        why = self._useless.get((pbx, command.call)) or self._useless.get((pbx, command.leg))
        dropped = lane.queue.put(waiting) if why is None else [(waiting, why)]
        self._drop(pbx, lane.provider, dropped)

    def _hear(self, pbx: str, news: News) -> None:
        if news.call:
            self._useless.note((pbx, news.leg or news.call), Why(news.standing.value))
            if not news.leg and self._ringing.forget((pbx, news.call)):
                self._give_back(pbx, news.call)  # whoever else was kept free for it will not ring
            if (lane := self._lanes.get(pbx)) is not None:
                self._drop(pbx, lane.provider, lane.queue.hear(news))

    def _confirm(self, pbx: str, provider: Commanding, request: HookRequest) -> None:
        """What the provider says afterwards: it is among the PBX's requests, so it is counted and logged."""
        result = provider.result(request)
        if result is not None and result.id.startswith(_OURS):
            ROUTE_COMMANDS.labels(provider.name, "done" if result.done else "failed").inc()
            if not result.done:
                log.warning("command_failed", pbx=pbx, command=result.id, code=result.code)

    def _drop(self, pbx: str, provider: Commanding, dropped: list[Dropped]) -> None:
        for waiting, why in dropped:
            if why is Why.CROWDED:
                self._crowd(pbx, provider, waiting)
            else:
                self._tell(pbx, provider, waiting, Fate.DROPPED, why.value)

    def _crowd(self, pbx: str, provider: Commanding, waiting: Waiting) -> None:
        """Far more calls than commands: they are counted, and would only push everything else off the PBX's page."""
        ROUTE_COMMANDS.labels(provider.name, Why.CROWDED.value).inc()
        self._free(pbx, waiting)
        if self._crowded.note((pbx, str(int(self._clock() / _CROWD_SECONDS)))):
            log.warning("commands_crowded", pbx=pbx, remedy="let the cabinet send more of the calls by itself")

    def _free(self, pbx: str, waiting: Waiting) -> None:
        if waiting.reserves:
            self._give_back(pbx, waiting.command.call)

    def _tell(self, pbx: str, provider: Commanding, waiting: Waiting, fate: Fate, said: str) -> None:
        """Count it, log it, keep it."""
        ROUTE_COMMANDS.labels(provider.name, fate.value).inc()
        command = waiting.command
        if fate in _NOT_DONE:
            self._free(pbx, waiting)
        target, said = command.target or "hang up", said[:_ANSWER_LETTERS]
        log.info("route_command", pbx=pbx, command=command.id, fate=fate.value, target=target, said=said)
        kept, now = provider.written(command, waiting.account), time.time_ns() // 1000
        record = HookRecord(pbx, provider.name, now, _FORM, "POST", kept.path, "", kept.body, fate.value, {}, said)
        try:
            self._spool.append(Kind.HOOK, pack_hook(record))
        except (SpoolFull, OSError, ValueError) as error:
            log.warning("command_not_kept", pbx=pbx, command=command.id, reason=str(error))


def _was_not_heard(answer: ApiAnswer | Fault) -> bool:
    """Whether the provider has surely not done it, and may later: it was too busy, or nothing came there."""
    if isinstance(answer, Fault) and answer.sent is Sent.NO:
        return answer.refusal is not Refusal.NEVER
    return answer.status in _BUSY


def _fate_of(answer: ApiAnswer | Fault, provider: Commanding) -> tuple[Fate, str]:
    """What became of it, and in whose words."""
    if isinstance(answer, Fault):
        return (Fate.UNKNOWN if answer.sent is Sent.MAYBE else Fate.REFUSED), answer.reason
    if answer.status >= 500:  # of what broke on the way nobody knows how far it came
        return Fate.UNKNOWN, f"HTTP {answer.status}"
    said = f"{answer.status} {answer.body[:_ANSWER_LETTERS].decode(errors='replace')}".strip()
    return (Fate.SENT if provider.taken(answer) else Fate.REFUSED), said
