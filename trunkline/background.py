"""Background tasks that never die unseen: each failure is logged and counted, and the task begins again."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from trunkline.log import get_logger
from trunkline.web.metrics import TASK_RESTARTS

log = get_logger(__name__)

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_CANCEL_AGAIN_SECONDS = 0.5


async def supervise(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` for ever; after a failure wait 0.5 s, then twice as long each time up to 30 s, with jitter."""
    loop = asyncio.get_running_loop()
    delay = _FIRST_DELAY
    while True:
        started = loop.time()
        try:
            await work()
            log.info("task_ended", task=name)
            return
        except asyncio.CancelledError:
            raise
        except Exception:
            TASK_RESTARTS.labels(name).inc()
            log.exception("task_failed", task=name)
        if loop.time() - started > _LONGEST_DELAY:
            delay = _FIRST_DELAY
        await asyncio.sleep(delay * random.uniform(0.75, 1.25))  # noqa: S311  (jitter, not a secret)
        delay = min(delay * 2, _LONGEST_DELAY)


@asynccontextmanager
async def running(tasks: dict[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Keep `tasks` (by name) running while the context is open; they are cancelled and awaited on leaving."""
    running_tasks = [asyncio.create_task(supervise(name, work), name=name) for name, work in tasks.items()]
    try:
        yield
    finally:
        await end(running_tasks)


async def end(tasks: Iterable["asyncio.Task[Any]"], again: float = _CANCEL_AGAIN_SECONDS) -> None:
    """Cancel until all are done: a driver may take a cancellation for a lost connection, and its caller try again.

    `again` seconds lie between; what a task does at its end has to fit in.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        done, waiting = await asyncio.wait(waiting, timeout=again)
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                log.warning("task_ended_badly", task=task.get_name(), error=repr(error))


def obey_cancelling() -> None:
    """End a task whose cancellation was lost: redis 8.1 takes one that comes while it connects for its own error."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
