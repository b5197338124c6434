"""Previews under way in the web process: one child at a time, and the last ones' reports for their pages."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from router.planning.replay import Report
from router.planning.replaying import Order, Told
from trunkline.background import end
from trunkline.errors import Overloaded
from trunkline.ids import uuid7
from trunkline.interpreter import PYTHON
from trunkline.log import get_logger
from trunkline.web.i18n import mark

log = get_logger(__name__)

_MOST_WAITING = 8
_MOST_KEPT = 40
_LONGEST_SECONDS = 180.0
_CHILD_ENDS_SECONDS = 2.0
"""In which a killed child is gone."""
_TOO_LONG, _STOPPED = mark("It took too long."), mark("It was stopped.")
_TOLD = msgspec.json.Decoder(Told)


@dataclass(slots=True)
class Preview:
    """One preview: how far it is, and what came of it."""

    since: float
    until: float
    draft: int
    """Version of the draft it tries; 0 for the plan in force itself."""
    done: int = 0
    total: int = 0
    report: Report | None = None
    fault: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class PreviewRoom:
    """Starts previews and keeps their reports."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._previews: dict[str, Preview] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, order: Order, draft: int) -> str:
        """Begin a preview; its name. Raises Overloaded."""
        if len(self._tasks) >= _MOST_WAITING:
            raise Overloaded("other previews are still under way", again=5)
        while len(self._previews) >= _MOST_KEPT:
            del self._previews[next(iter(self._previews))]
        name = uuid7(time.time()).hex
        preview = self._previews[name] = Preview(order.since, order.until, draft)
        task = asyncio.create_task(self._work(order, preview), name=f"preview {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return name

    def find(self, name: str) -> Preview | None:
        """The preview of that name, while it is kept."""
        return self._previews.get(name)

    async def close(self) -> None:
        """End what runs."""
        await end(self._tasks, _CHILD_ENDS_SECONDS)

    async def _work(self, order: Order, preview: Preview) -> None:
        try:
            async with self._turn, asyncio.timeout(_LONGEST_SECONDS):
                await in_child(order, preview)
        except TimeoutError:
            preview.fault = _TOO_LONG
        finally:
            if preview.report is None and not preview.fault:
                preview.fault = _STOPPED
            preview.ended.set()


async def in_child(order: Order, preview: Preview) -> None:
    """Carry the order out, telling `preview` how far it is."""
    # A child and no thread: it needs the processor all the time, and pages share this process's.
    child = await asyncio.create_subprocess_exec(
        *(*PYTHON, "-m", "router.planning.replaying"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None, "it is a pipe"
    assert child.stdout is not None, "it is a pipe"
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            child.stdin.write(msgspec.json.encode(order))
            child.stdin.close()
        async for line in child.stdout:
            told = _TOLD.decode(line)
            preview.done, preview.total, preview.fault = (
                told.done or preview.done,
                told.total or preview.total,
                told.fault,
            )
            preview.report = told.report
        if await child.wait():
            log.error("preview_failed", status=child.returncode)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


preview_room_key = web.AppKey("preview_room", PreviewRoom)


async def preview_context(app: web.Application) -> AsyncIterator[None]:
    """The room, as long as the application runs."""
    room = app[preview_room_key] = PreviewRoom()
    yield
    await room.close()
