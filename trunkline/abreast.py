"""Which batches of which nodes may be stored side by side.

A batch that takes each of its locks once takes them in an order all batches share (by kind of row, then sorted), so two
of them never wait for each other crosswise. One that comes back for more, as it does with every word of a link, could:
such a batch goes alone. Alone or not, nobody waits longer for a node that stands still than it takes to notice; then
PostgreSQL ends what deadlocks, and the writer does it again.
"""

from typing import Final

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.log import get_logger

log = get_logger(__name__)

_SQL = load_queries("trunkline")
_LONGEST_WAIT: Final = "2s"


async def go_abreast(connection: Connection, rounds: int) -> None:
    """Before a batch takes its first lock, in its transaction: beside others, or alone where it has several rounds."""
    way = "alone" if rounds > 1 else "abreast"
    if await connection.fetchval(_SQL[f"try_{way}"]):
        return
    try:
        async with connection.transaction():
            usual = await connection.fetchval(_SQL["lock_timeout"], _LONGEST_WAIT)
            await connection.execute(_SQL[f"go_{way}"])
            await connection.fetchval(_SQL["lock_timeout"], usual)
    except asyncpg.LockNotAvailableError:
        log.warning("another_writer_stands_still", waited=_LONGEST_WAIT)
