"""How far a hosted PBX's history was read, as a row: the watermark, who reads it now, and what was wrong."""

from datetime import datetime
from typing import Final

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool

SQL: Final = load_queries("trunkline.pbx.hooks", "history.sql")

CLAIM_SECONDS: Final = 600.0
"""How long a reading may take, and after how long another node goes on where a dead one began."""
_LONGEST_FAULT: Final = 400


class Claim(msgspec.Struct, frozen=True):
    """The reading is ours; times by the database's clock, `faults` as many as there were since the last good one."""

    begun_at: datetime
    read_until: datetime
    deep_at: datetime
    now: datetime
    faults: int = 0


class HistoryState(msgspec.Struct, frozen=True):
    """The last reading that came through, and the fault since then; `fault` is empty where the last came through."""

    read_at: datetime | None
    read_until: datetime
    told: int
    fault: str
    fault_at: datetime | None
    faults: int


async def claim_history(pool: Pool, pbx: str) -> Claim | None:
    """None where another reads it, or it is not time."""
    row = await pool.fetchrow(SQL["claim_history"], pbx, CLAIM_SECONDS)
    return None if row is None else Claim(**row)


async def note_read(pool: Pool, pbx: str, until: datetime, told: int, fresh: int, *, deep: bool, again: float) -> None:
    """It was read until `until`; it is asked again in `again` seconds."""
    await pool.execute(SQL["note_history"], pbx, until, told, fresh, deep, again)


async def note_fault(pool: Pool, pbx: str, fault: str, again: float) -> int:
    """It could not be read; how often in a row that is."""
    text = fault.replace("\0", "")[:_LONGEST_FAULT]
    return await pool.fetchval(SQL["note_history_fault"], pbx, text, again) or 0


async def history_of(connection: Connection, pbx: str) -> HistoryState | None:
    """None where nobody has read it yet."""
    row = await connection.fetchrow(SQL["history_of"], pbx)
    return None if row is None else HistoryState(**row)
