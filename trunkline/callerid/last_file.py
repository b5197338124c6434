"""Writes the file of last lines for the processes of this machine, a minute after something has changed at most."""

import asyncio
from array import array
from datetime import datetime
from pathlib import Path

import msgspec

from trunkline.callerid.last import FILE_NAME, HEADER, MAGIC
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool

_SQL = load_queries("trunkline.callerid")
_PERIOD_SECONDS = 60.0
_MOST = 1_000_000
"""Numbers in the file, the latest: 12 bytes each."""


async def run_last_lines(pool: Pool, folder: Path) -> None:
    """Write for ever; begun again, it writes anew."""
    written: tuple[datetime | None, int] | None = None
    while True:
        async with pool.acquire() as connection:
            row = await connection.fetchrow(_SQL["last_lines_mark"])
            mark = (row["at"], row["lines"]) if row else None
            if mark != written:
                await write_last_lines(connection, folder)
                written = mark
        await asyncio.sleep(_PERIOD_SECONDS)


async def write_last_lines(connection: Connection, folder: Path) -> int:
    """Write the file anew; returns how many numbers it holds."""
    rows = await connection.fetch(_SQL["last_lines"], _MOST)
    names = sorted({row["line"] for row in rows})
    place = {name: index for index, name in enumerate(names)}
    keys, places = array("Q", [row["key"] for row in rows]), array("I", [place[row["line"]] for row in rows])
    await asyncio.to_thread(_write, folder, names, keys, places)
    return len(rows)


def _write(folder: Path, names: list[str], keys: "array[int]", places: "array[int]") -> None:
    told = msgspec.msgpack.encode(names)
    head = HEADER.pack(MAGIC, len(keys), len(told)) + told.ljust(-(-len(told) // 8) * 8, b"\0")
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE_NAME}.tmp"
    fresh.write_bytes(head + keys.tobytes() + places.tobytes())
    fresh.rename(folder / FILE_NAME)
