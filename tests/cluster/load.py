"""What goes on while something breaks: questions through HAProxy one after another, and calls that the PBX tells of."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.cluster import company
from tests.fakes.ami_server import AmiServer
from tests.fakes.dialogue import call_again, stamped
from trunkline.calls.events import Event
from trunkline.pbx.asterisk.messages import events_of

_DIALOGUES = ("simple_answered", "queue_answered", "blind_transfer", "queue_abandoned")
_EVERY = 0.04  # seconds between two questions
_STEP = 0.05  # seconds between two frames
_PATIENCE = 10.0  # seconds after which a question is one that nobody answered
_numbers = itertools.count()


@dataclass(slots=True)
class Asked:
    """What came back: ids of questions by what was wrong with the answer, and the longest wait."""

    ids: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Those with another status than 200, or none."""
    astray: list[str] = field(default_factory=list)
    """Those that were sent elsewhere than the company's plan does."""
    answers: list[frozenset[str]] = field(default_factory=list)
    """What each answer was given without."""
    waits: list[float] = field(default_factory=list)

    def whole_since(self, number: int) -> bool:
        """Whether the last 25 answers, all after that many, were given with all that is needed."""
        last = self.answers[max(number, len(self.answers) - 25) :]
        return len(last) == 25 and not any(last)

    def __str__(self) -> str:
        longest, middle = max(self.waits) * 1000, sorted(self.waits)[len(self.waits) // 2] * 1000
        degraded = Counter(name for answer in self.answers for name in answer)
        missing = ", ".join(f"{count} without {name}" for name, count in degraded.items()) or "none degraded"
        return (
            f"{len(self.ids)} questions, {len(self.refused)} refused, {len(self.astray)} astray, {missing}; "
            f"median {middle:.0f} ms, longest {longest:.0f} ms"
        )


@dataclass(slots=True)
class Load:
    """All that was asked and told since it began."""

    asked: Asked = field(default_factory=Asked)
    said: list[bytes] = field(default_factory=list)

    def steps(self) -> set[bytes]:
        """The ids of all steps that were told of."""
        return {event.step_id for event in self._events()}

    def told_at(self, steps: set[bytes]) -> list[float]:
        """When those were told, Unix seconds."""
        return [event.at / 1e6 for event in self._events() if event.step_id in steps]

    def _events(self) -> Iterator[Event]:
        return (event for frame in self.said for event in events_of(company.PBX, frame, 0))


@asynccontextmanager
async def under_load(front: str, pbx: AmiServer) -> AsyncIterator[Load]:
    """25 questions and 20 to 80 events a second, until the block ends; the calls begun are told to their ends."""
    load, over = Load(), asyncio.Event()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE)) as session:
        working = asyncio.gather(_ask(session, front, load.asked, over), _talk(pbx, load.said, over))
        try:
            yield load
        finally:
            over.set()
            await working


async def _ask(session: aiohttp.ClientSession, front: str, asked: Asked, over: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        while not over.is_set():
            group.create_task(_question(session, front, asked, f"{time.time():.0f}.{next(_numbers)}"))
            await asyncio.sleep(_EVERY)


async def _question(session: aiohttp.ClientSession, front: str, asked: Asked, call: str) -> None:
    body = {"call_id": call, "from": company.SUPPLIER, "to": company.LINE}
    headers = {"Authorization": f"Bearer {company.TOKEN}"}
    asked.ids.append(call)
    begun = time.monotonic()
    try:
        async with session.post(f"http://{front}:8070/router/v1/route", json=body, headers=headers) as response:
            answer = await response.json() if response.status == 200 else {}
    except (aiohttp.ClientError, TimeoutError):
        answer = {}
    asked.waits.append(time.monotonic() - begun)
    if not answer:
        asked.refused.append(call)
    elif (answer["action"], answer["target"]) != ("queue", company.PLACE):
        asked.astray.append(call)
    asked.answers.append(frozenset(answer.get("degraded", ())))


async def _talk(pbx: AmiServer, said: list[bytes], over: asyncio.Event) -> None:
    while not over.is_set():
        calls = [call_again(name, next(_numbers) % 90_000, time.time()) for name in _DIALOGUES]
        for step in range(max(map(len, calls))):
            for call in calls:
                if step < len(call):
                    said.append(frame := stamped(call[step]))
                    await pbx.say(frame + b"\r\n\r\n")
            await asyncio.sleep(_STEP)
