"""How far a hosted PBX's history was read, as a row: the watermark, who reads it now, and what was wrong."""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool

SQL: Final = load_queries("trunkline.pbx.hooks", "history.sql")

CLAIM_SECONDS: Final = 600.0
"""How long a reading may take, and after how long another node goes on where a dead one began."""
_LONGEST_FAULT: Final = 400


class Claim(msgspec.Struct, frozen=True):
    """The reading is ours; times by the database's clock, `faults` as many as there were since the last good one.

    The time asked for is halved `halvings` times; less than `least_halvings` was too much since it is behind.
    """

    begun_at: datetime
    read_until: datetime
    deep_at: datetime
    now: datetime
    faults: int = 0
    halvings: int = 0
    least_halvings: int = 0


class Width(NamedTuple):
    """How often the next time is halved, and at least is."""

    halvings: int = 0
    least: int = 0


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


async def note_read(
    connection: Connection,
    pbx: str,
    until: datetime,
    counted: tuple[int, int],
    width: Width,
    *,
    deep: bool,
    again: float,
) -> None:
    """It was read until `until`; `counted` are the calls told, and the new among them. Again in `again` seconds."""
    await connection.execute(SQL["note_history"], pbx, until, *counted, deep, again, *width)


async def note_fault(connection: Connection, pbx: str, fault: str, width: Width, *, deep: bool, again: float) -> int:
    """It could not be read; how often in a row that is."""
    text = fault.replace("\0", "")[:_LONGEST_FAULT]
    return await connection.fetchval(SQL["note_history_fault"], pbx, text, again, *width, deep) or 0


async def history_of(connection: Connection, pbx: str) -> HistoryState | None:
    """None where nobody has read it yet."""
    row = await connection.fetchrow(SQL["history_of"], pbx)
    return None if row is None else HistoryState(**row)
