"""The four things the rest of Trunkline asks of a job queue; nothing outside this package knows which queue it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from trunkline.db.types import Connection

Handler = Callable[[bytes], Awaitable[None]]
Tick = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobPolicy:
    """How a kind of job is treated: `most_at_once` over all machines, 0 for any number; delays in seconds."""

    max_attempts: int = 5
    first_delay: float = 5.0
    longest_delay: float = 900.0
    most_at_once: int = 0


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job by name, and who does it. A handler may see the same payload twice: it must not mind."""

    name: str
    handler: Handler
    policy: JobPolicy = JobPolicy()


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a kind are in a state: queued, picked, or failed (given up and kept)."""

    name: str
    state: str
    jobs: int


class Jobs(Protocol):
    """Enqueue inside a transaction, run by the clock, work, and tell how it stands."""

    async def enqueue(
        self, connection: Connection, name: str, payload: bytes, *, once: str | None = None, delay: float = 0.0
    ) -> None:
        """Add a job in `connection`'s transaction; while one with the same `once` waits or runs, nothing is added.

        The caller wakes the workers after its commit: `await wake(redis, JOBS_WAKE)`.
        """

    def schedule(self, name: str, cron: str, tick: Tick) -> None:
        """Run `tick` at the times of `cron` (UTC) on one of the machines."""

    async def worker(self) -> None:
        """Do jobs until cancelled."""

    async def stats(self) -> list[JobCount]:
        """What waits, runs and was given up."""
