"""What was read a moment ago, so that many screens that look at the same ask for it once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST = 256


class Recent(Generic[T]):
    """Values by key, each read anew when it is older than `seconds`; whoever comes while it is read waits for it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._known: dict[Hashable, tuple[float, T]] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """The value of `key`; what `read` raises is raised and not remembered."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            now = asyncio.get_running_loop().time()
            known = self._known.get(key)
            if known is not None and now - known[0] < self.seconds:
                return known[1]
            value = await read()
            self._known[key] = (now, value)
            self._trim(now)
            return value

    def _trim(self, now: float) -> None:
        """Forget what is old once there is much of it; a key somebody waits for stays."""
        if len(self._known) <= _MOST:
            return
        old = [key for key, (at, _) in self._known.items() if now - at >= self.seconds]
        for key in old:
            if not self._locks[key].locked():
                del self._known[key], self._locks[key]
