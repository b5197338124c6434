"""A soak: the real `trunkline serve` under load and faults, its memory sampled, all that was sent accounted for."""

import asyncio
import contextlib
import json
import sys
import time
import wave
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.fakes.receiver import Receiver, receiving
from tests.fakes.waiting import eventually
from tests.serving import Serving, installation
from tests.soak import plan
from tests.soak.auditor import Evidence, Question, SentCall, Visit, findings
from tests.soak.breaking import Breaker
from tests.soak.company import Tokens, settle
from tests.soak.faults import schedule
from tests.soak.reading import Api
from tests.soak.report import Minute, Outcome, line_of
from tests.soak.sampler import Sample, growth, measure
from tests.soak.wire import Wire
from trunkline.db.pool import open_pool
from trunkline.servers import database_url

_SECRET = b"a secret that both sides of the soak know"
_START_SECONDS = 300.0
"""A machine that is busy with something else starts us slowly."""
_LEAD_SECONDS = 3.0
_SAMPLE_SECONDS = 5.0
_GAUGES_SECONDS = 20.0
"""The worker counts what waits every 15 s: a nought is believed once it has stood for longer."""
_SETTLED_SECONDS = 600.0
"""Memory is judged from then on: caches, pools and prepared statements have filled."""
_HEARD = frozenset({"converted", "kept"})
_NUMBERS_A_VISIT = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a soak is made of; rates a second. `drain`: seconds given for all queues to come to nought."""

    seconds: float = 7200.0
    calls: float = 20.0
    visits: float = 200.0
    every: float = 60.0
    seed: int = 1
    line_seconds: float = 60.0
    drain: float = 600.0

    @property
    def is_long(self) -> bool:
        """Long enough to tell of memory: the second half of it without kills of ours, less ten minutes."""
        return self.seconds / 2 >= 2 * _SETTLED_SECONDS

    @property
    def quiet_from(self) -> float | None:
        return self.seconds / 2 if self.is_long else None

    @property
    def judged_from(self) -> float:
        return self.seconds / 2 + _SETTLED_SECONDS if self.is_long else min(_SETTLED_SECONDS, self.seconds / 4)


@dataclass
class Soak:
    """One that goes on."""

    wanted: Wanted
    serving: Serving
    wire: Wire
    crm: Receiver
    api: Api
    tokens: Tokens
    folder: Path
    say: Callable[[str], None]
    begun: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    minutes: list[Minute] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        numbers = int(_NUMBERS_A_VISIT * self.wanted.visits)
        return [plan.LINE, *(plan.number_of(place) for place in range(numbers))][: 1 + numbers]

    async def run(self) -> Outcome:
        """Load, then rest, then the audit."""
        wanted, self.begun = self.wanted, time.time() + _LEAD_SECONDS
        dialled = self.lines[:50]
        planned = list(plan.calls(wanted.calls, wanted.seconds, dialled, wanted.seed))
        breaker = Breaker(self.serving, self.wire, self.crm)
        due = schedule(wanted.seconds, wanted.every, wanted.seed, wanted.quiet_from)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch(breaker))
            loads = [
                group.create_task(self.wire.say(iter(planned), self.begun)),
                group.create_task(self._child("visiting", self._visiting())),
                group.create_task(self._child("asking", self._asking(dialled))),
                group.create_task(breaker.run(due, self.begun)),
            ]
            await asyncio.wait(loads)
            watching.cancel()
        ended = time.time()
        drained = await self._drain()
        evidence = await self._evidence(planned, breaker, drained)
        peak = max((one.ours or 0.0 for one in self.samples), default=0.0)
        grown = growth(self.samples, wanted.judged_from)
        return Outcome(evidence, findings(evidence), breaker.done, grown, peak, time.time() - ended, wanted.is_long)

    def _visiting(self) -> list[str]:
        port = self.serving.settings.listen.public.rpartition(":")[2]
        return [port, *map(str, (self.begun, self.wanted.visits, self.wanted.seconds, self.wanted.seed))]

    def _asking(self, dialled: list[str]) -> list[str]:
        port = self.serving.settings.listen.question.rpartition(":")[2]
        told = (self.begun, self.wanted.calls, self.wanted.seconds, self.wanted.seed)
        return [port, self.tokens.pbx, *map(str, told), ",".join(dialled)]

    async def _child(self, name: str, arguments: list[str]) -> None:
        command = [sys.executable, "-m", f"tests.soak.{name}", *arguments, str(self.folder / f"{name}.jsonl")]
        child = await asyncio.create_subprocess_exec(*command)
        try:
            if code := await child.wait():
                raise RuntimeError(f"{name} ended with {code}")
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def _watch(self, breaker: Breaker) -> None:
        """Samples, and a line now and then, until cancelled."""
        told, place = 0, 1
        while True:
            self.samples.append(await asyncio.to_thread(measure, self.serving, time.time() - self.begun))
            if time.time() - self.begun >= place * self.wanted.line_seconds:
                waiting: dict[str, float] = {}
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    waiting = await self.api.waiting()
                faults = [fault.name for _, fault in breaker.done[told:]]
                told, place = len(breaker.done), place + 1
                self.minutes.append(
                    Minute(
                        self.samples[-1], self.wire.said, len(self.crm.taken), self.wire.late, waiting, tuple(faults)
                    )
                )
                self.say(line_of(self.minutes[-1]))
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def _drain(self) -> dict[str, float]:
        """Wait until nothing waits any more; what is left at the end of patience, else noughts."""
        left: dict[str, float] = {"no answer of /metrics": 1.0}
        recorded: list[str] = []
        taken, since = -1, time.time()

        async def empty() -> bool:
            nonlocal left, recorded, taken, since
            await asyncio.sleep(1.0)
            try:
                left = await self.api.waiting()
                recorded = [
                    f"recording {row['stage']} {row['stop'] or ''}".strip()
                    for row in await self.api.recordings()
                    if row["stage"] not in _HEARD
                ]
            except (aiohttp.ClientError, OSError, TimeoutError):
                return False
            if any(left.values()) or recorded or len(self.crm.seen) != taken:
                taken, since = len(self.crm.seen), time.time()
            return time.time() - since > _GAUGES_SECONDS

        with contextlib.suppress(TimeoutError):
            await eventually(empty, self.wanted.drain)
        return {**left, **{name: float(times) for name, times in Counter(recorded).items()}}

    async def _evidence(self, planned: list[plan.Call], breaker: Breaker, waiting: dict[str, float]) -> Evidence:
        sent = [
            SentCall(
                call.linkedid(self.begun),
                call.shape.direction,
                "" if call.shape.hidden else call.client,
                call.shape.outcome,
                told=not call.shape.hidden,
                recorded=call.shape.recorded,
            )
            for call in planned
        ]
        visitors = _lines(self.folder / "visiting.jsonl")
        statuses = {int(status): int(times) for status, times in visitors.pop()["statuses"].items()}
        return Evidence(
            sent=sent,
            seen=await self.api.calls(),
            questions=[Question(**told) for told in _lines(self.folder / "asking.jsonl")],
            question_kills=breaker.question_kills,
            visits=[Visit(**told) for told in visitors],
            statuses=Counter(statuses),
            kept_visits=await self.api.visits(),
            leases=await self.api.leases(),
            delivered=[one.key for one in self.crm.seen if one.event != "ping"],
            recordings=[row["call_id"] for row in await self.api.recordings() if row["stage"] in _HEARD],
            waiting=waiting,
        )


@asynccontextmanager
async def soaking(wanted: Wanted, say: Callable[[str], None]) -> AsyncIterator[Soak]:
    """Everything started and settled."""
    async with AsyncExitStack() as stack:
        environment = {
            "TRUNKLINE_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
            "TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.1",
            "TRUNKLINE_LOG_LEVEL": "warning",
            "PYTHONPATH": str(Path(__file__).parents[2]),  # this checkout, wherever the interpreter was told of another
        }
        serving = await stack.enter_async_context(installation(**environment))
        folder = serving.settings.data_dir.parent / "soak"
        folder.mkdir()
        crm = await stack.enter_async_context(receiving(_SECRET, time.time))
        wire = Wire(folder, _talk(folder / "talk.wav"))
        await stack.enter_async_context(wire.server)
        await serving.start(ready=False)
        await eventually(serving.is_ready, _START_SECONDS)
        async with open_pool(database_url(serving.settings), size=2) as pool:
            tokens = await settle(
                pool, serving.settings, wire, int(_NUMBERS_A_VISIT * wanted.visits), (crm.url, _SECRET)
            )
        await wire.server.until(lambda: wire.server.logged_in > 0, _START_SECONDS)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)))
        api = Api(session, serving.settings.listen.web, tokens.api)
        soak = Soak(wanted, serving, wire, crm, api, tokens, folder, say)
        await eventually(lambda: _is_known(soak), _START_SECONDS)
        yield soak


async def _is_known(soak: Soak) -> bool:
    """Whether the directory and the sites follow the database."""
    headers = {"Authorization": f"Bearer {soak.tokens.pbx}"}
    asked = {"call_id": "probe", "from": "+79990000000", "to": plan.LINE}
    url = f"http://{soak.serving.settings.listen.question}/router/v1/route"
    async with soak.serving.session.post(url, json=asked, headers=headers) as answer:
        if answer.status != 200 or json.loads(await answer.read())["action"] == "default":
            return False
    table = f"http://{soak.serving.settings.listen.public}/calltracking/v1/sites/{plan.KEY}.json"
    async with soak.serving.session.get(table) as answer:
        return answer.status == 200


def _talk(path: Path) -> Path:
    """Two seconds of a quiet line."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x10\x00\xf0\xff" * 8000)
    return path


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
