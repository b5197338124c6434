"""Books kept written for a minute: 75 telephones that are switched on together cost one read."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final

SECONDS: Final = 60
_MOST: Final = 32


@dataclass(frozen=True, slots=True)
class Copy:
    """A written book and the ETag that names its content."""

    body: bytes
    etag: str


class Shelf:
    """The newest books by what they answer; a book asked for while it is written is waited for, not written twice."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, asyncio.Task[Copy]]] = OrderedDict()

    async def take(self, key: Hashable, write: Callable[[], Awaitable[bytes]]) -> Copy:
        """The book under `key`, at most a minute old; `write` makes it where there is none. A failure is not kept."""
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or now - kept[0] >= SECONDS or _failed(kept[1]):
            kept = (now, asyncio.create_task(_copy(write)))
            self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return await asyncio.shield(kept[1])


def _failed(task: asyncio.Task[Copy]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _copy(write: Callable[[], Awaitable[bytes]]) -> Copy:
    body = await write()
    return Copy(body, hashlib.sha256(body).hexdigest()[:32])
