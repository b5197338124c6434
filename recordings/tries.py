"""How a job's tries are kept, whatever ends one: our own end costs none, a failure is written before it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from trunkline.db.types import Pool

MOST_TRIES: Final = 3
"""Of what is no trouble of ours, before it is given up."""


@asynccontextmanager
async def a_try(
    pool: Pool, not_tried: str, arguments: tuple[Any, ...], failed: Callable[[Exception], Awaitable[None]]
) -> AsyncIterator[None]:
    """One try of what the block does, which was counted before it; what the block raises is raised.

    The statement `not_tried` with its `arguments` takes the try back; `failed` keeps why it failed.
    """
    try:
        yield
    except asyncio.CancelledError:
        async with pool.acquire() as connection:
            await connection.execute(not_tried, *arguments)
        raise
    except Exception as error:
        await failed(error)
        raise
