"""What each kind of work brings to the process `worker`."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from redis.asyncio import Redis

from trunkline.directory.reader import Directory
from trunkline.jobs.house import WorkerServices
from trunkline.jobs.port import JobKind
from trunkline.outbox.deliverer import Deliverer

Tasks = dict[str, Callable[[], Awaitable[None]]]


class House(NamedTuple):
    """What every part is built from; all of it is open as long as the process works."""

    services: WorkerServices
    redis: Redis
    directory: Directory


class Part(NamedTuple):
    """What one kind of work brings."""

    tasks: Tasks
    """By the name that the log and the metrics tell."""
    deliverers: Sequence[Deliverer] = ()
    jobs: Sequence[JobKind] = ()


Opening = Callable[[House], AbstractAsyncContextManager[Part]]
"""Opens a part and what it keeps open; it is closed after its tasks have ended."""
