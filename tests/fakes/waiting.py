"""Waiting for what tells nobody that it changed: files, servers, other processes."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(true: Callable[[], bool | Awaitable[bool]], limit: float = 30.0) -> None:
    """Look again and again until `true()`; raises TimeoutError after `limit` seconds."""
    async with asyncio.timeout(limit):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)
