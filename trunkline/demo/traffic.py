"""Who calls the demo company when: each call asks the question as a PBX does, then its dialogue is replayed."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from trunkline.demo.dialogue import Dialogue, Parties, linkedid, load_dialogue
from trunkline.demo.exchange import Exchange
from trunkline.ids import call_uuid
from trunkline.log import get_logger

log = get_logger(__name__)

PBX: Final = "demo"

# What becomes of a call that is sent to a queue or an extension, and how many of a hundred.
_IN_QUEUE = (("queue_answered", 74), ("queue_ring_no_answer_then_second_agent", 12), ("queue_abandoned", 14))
_AT_EXTENSION = (
    ("simple_answered", 66),
    ("hold_unhold", 8),
    ("blind_transfer", 10),
    ("caller_hangs_up_ringing", 12),
    ("simple_busy", 4),
)
# Of which talks there are recordings, and of how many of them.
_RECORDED = frozenset({"queue_answered", "simple_answered"})
_RECORDED_SHARE = 0.15
_CHALLENGE_PASSED = 0.35
_OUTGOING = 0.2
# How many of those who call a number of a site nobody knows: advertising brings new clients.
_NEW_TO_US = 0.7
_STRETCH = (8.0, 40.0)
# When calls of the past began: long enough ago to be over.
_PAST_SECONDS = (600.0, 8 * 3600.0)


class Answer(msgspec.Struct):
    """What the demo reads of `POST /router/v1/route`."""

    action: str
    target: str = ""
    state: str = ""


Ask = Callable[[dict[str, object]], Awaitable[Answer]]
Recorded = Callable[[UUID, float], None]
"""Told of a call by its id that was recorded, and when it is over."""


def _unheard(_call_id: UUID, _over_at: float) -> None:
    """Nothing records."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the demo: who calls, which lines they call, who answers in which queue."""

    known: Sequence[str]
    spam: Sequence[str]
    lines: Sequence[str]
    members: dict[str, Sequence[str]]
    extensions: Sequence[str]
    past_calls: int = 0


class Traffic:
    """Makes calls for ever; chance is an argument, so that a test can say what happens."""

    def __init__(
        self, cast: Cast, exchange: Exchange, ask: Ask, chance: random.Random, recorded: Recorded = _unheard
    ) -> None:
        self._cast = cast
        self._exchange = exchange
        self._ask = ask
        self._chance = chance
        self._recorded = recorded
        self._serial = chance.randrange(1000)

    async def run(self, calls_a_minute: float) -> None:
        """Once somebody hears the PBX, make the calls of the last hours, then call at random moments for ever."""
        await self._exchange.until_heard()
        now = time.time()
        for before in sorted(
            (self._chance.uniform(*_PAST_SECONDS) for _ in range(self._cast.past_calls)), reverse=True
        ):
            await self.call(now - before)
        while True:
            await self.call(time.time())
            await asyncio.sleep(self._chance.expovariate(calls_a_minute / 60))

    async def call_line(self, line: str) -> bool:
        """Somebody calls this line now; False where it is none of the company's."""
        if line not in self._cast.lines:
            return False
        await self._exchange.until_heard()
        await self.call(time.time(), line)
        return True

    async def call_client(self, number: str) -> None:
        """One of ours calls this client now."""
        await self._exchange.until_heard()
        self._serial += 1
        line = self._chance.choice(self._cast.lines)
        self._play(load_dialogue("outgoing_call"), number, line, "", self._colleagues(), time.time())

    async def call(self, start: float, wanted: str = "") -> None:
        """One call that begins at `start`, to the line that is wanted."""
        self._serial += 1
        is_new = bool(wanted) and self._chance.random() < _NEW_TO_US
        caller = self._stranger() if is_new else self._caller()
        line = wanted or self._chance.choice(self._cast.lines)
        if not wanted and self._chance.random() < _OUTGOING:
            self._play(load_dialogue("outgoing_call"), caller, line, "", self._colleagues(), start)
            return
        question: dict[str, object] = {
            "call_id": linkedid(self._serial, start),
            "from": caller,
            "to": line,
            "at": start,
        }
        answer = await self._ask(question)
        passed = False
        if answer.action == "challenge":
            passed = self._chance.random() < _CHALLENGE_PASSED
            digits = answer.target if passed else ""
            answer = await self._ask({**question, "state": answer.state, "digits": digits})
        dialogue, queue, agents = self._staging(answer, passed=passed)
        self._play(dialogue, caller, line, queue, agents, start)

    def _staging(self, answer: Answer, *, passed: bool) -> tuple[Dialogue, str, tuple[str, ...]]:
        if answer.action == "extension":
            name = "spam_challenge_passed" if passed else self._one_of(_AT_EXTENSION)
            return load_dialogue(name), "", (answer.target, *self._colleagues())
        if answer.action == "queue" and (members := self._cast.members.get(answer.target)):
            agents = tuple(self._chance.sample(members, min(3, len(members))))
            return load_dialogue(self._one_of(_IN_QUEUE)), answer.target, agents
        return load_dialogue("caller_hangs_up_ringing").first_leg_only(), "", self._colleagues()

    def _play(
        self, dialogue: Dialogue, caller: str, line: str, queue: str, agents: tuple[str, ...], start: float
    ) -> None:
        token = f"{self._serial:012x}"
        stretch = self._chance.uniform(*_STRETCH)
        parties = Parties(caller, line, queue or "sales", agents, self._serial, token, stretch)
        frames = dialogue.play(parties, start)
        self._exchange.play(frames)
        if dialogue.name in _RECORDED and self._chance.random() < _RECORDED_SHARE:
            self._recorded(call_uuid(PBX, linkedid(self._serial, start), start), frames[-1][0])
        log.debug("demo_call", dialogue=dialogue.name, caller=caller, line=line)

    def _caller(self) -> str:
        draw = self._chance.random()
        if draw < 0.62:
            return self._chance.choice(self._cast.known)
        if draw < 0.70:
            return self._chance.choice(self._cast.spam)
        return self._stranger()

    def _stranger(self) -> str:
        return f"+79{self._chance.randrange(10**9):09d}"

    def _colleagues(self) -> tuple[str, ...]:
        return tuple(self._chance.sample(self._cast.extensions, 3))

    def _one_of(self, choices: Sequence[tuple[str, int]]) -> str:
        return self._chance.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
