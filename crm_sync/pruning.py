"""Forgets how far calls came in CRMs, long after they are over."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from crm_sync.chat2desk.store import SQL as CHAT2DESK
from crm_sync.untold import SQL
from trunkline.db.types import Pool
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

KEPT: Final = timedelta(days=90)
"""What is known of a call later than that tells a CRM nothing new: its recording was told, or given up."""
_EVERY: Final = 6 * 3600.0
_BATCH: Final = 5000


async def run_pruning(pool: Pool) -> NoReturn:
    """For ever."""
    while True:
        try:
            if gone := await prune(pool, datetime.now(UTC)):
                log.info("crm_calls_forgotten", calls=gone)
        except DATABASE_TROUBLE as error:
            log.warning("crm_calls_not_forgotten", error=str(error) or type(error).__name__)
        await asyncio.sleep(_EVERY)


async def prune(pool: Pool, now: datetime) -> int:
    """Forget calls that began over KEPT ago, in batches; returns how many. Those that still wait, or whose letter was
    given up, stay until that is decided.
    """
    await pool.execute(SQL["prune_clients"], now - KEPT)
    await pool.execute(CHAT2DESK["prune"], now - KEPT)
    total, oldest = 0, lowest_id(now - KEPT)
    for row in await pool.fetch(SQL["connectors"]):
        while done := int((await pool.execute(SQL["prune"], row["id"], oldest, _BATCH)).split()[-1]):
            total += done
    return total
