"""Where reports, their files and searches are read: on the standby that is set for them, else where all is written."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.keys import pool_key, standby_key

T = TypeVar("T")


async def read(request: web.Request, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What `work` reads in a transaction that may write nothing; it may be called a second time."""
    standby = request.app.get(standby_key)
    if standby is not None:
        return await standby.read(work)
    async with request.app[pool_key].acquire() as connection, connection.transaction(readonly=True):
        return await work(connection)
