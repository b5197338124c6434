"""The faults of a soak done to a running installation."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil

from tests.fakes.receiver import Receiver
from tests.serving import Serving
from tests.soak.faults import QUESTION_KILLED, Due, Fault
from tests.soak.wire import Wire

_MANY = 100_000
_PROCESSES = ("question", "web", "pbx", "worker")


@dataclass
class Breaker:
    """Breaks what is due, and keeps when: Unix seconds and the fault."""

    serving: Serving
    wire: Wire
    crm: Receiver
    done: list[tuple[float, Fault]] = field(default_factory=list)

    @property
    def question_kills(self) -> list[float]:
        """When nobody could answer a question."""
        return [at for at, fault in self.done if fault == QUESTION_KILLED]

    async def run(self, schedule: Sequence[Due], begun: float) -> None:
        """Each at its moment."""
        for due in schedule:
            await asyncio.sleep(max(0.0, begun + due.at - time.time()))
            self.done.append((time.time(), due.fault))
            await self._do(due.fault)

    async def _do(self, fault: Fault) -> None:
        deeds: dict[str, Callable[[float], Awaitable[None]]] = {
            "AMI link cut": self.wire.cut,
            "Valkey killed": lambda _: self._kill(self.serving.valkey),
            "PostgreSQL killed": lambda _: self._kill(self.serving.postmaster),
            "PostgreSQL stopped": self._stop_database,
            "CRM answers 503": lambda seconds: self._crm_says(503, seconds),
            "CRM's answers lost": lambda seconds: self._crm_says("cut", seconds),
        }
        for name in _PROCESSES:
            deeds[f"{name} killed"] = lambda _, name=name: self._kill(  # type: ignore[misc]  # bound at once
                lambda: psutil.Process(self.serving.states()[name].pid)
            )
        await deeds[fault.name](fault.lasts)

    async def _kill(self, whom: Callable[[], psutil.Process]) -> None:
        whom().kill()

    async def _stop_database(self, seconds: float) -> None:
        server = self.serving.postmaster()
        stopped = [server, *server.children(recursive=True)]
        for process in stopped:
            process.suspend()
        try:
            await asyncio.sleep(seconds)
        finally:
            for process in stopped:
                if process.is_running():
                    process.resume()

    async def _crm_says(self, what: Any, seconds: float) -> None:
        self.crm.chaos = [what] * _MANY
        try:
            await asyncio.sleep(seconds)
        finally:
            self.crm.chaos = []
