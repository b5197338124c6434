"""Who puts a sound into the store: one at a time for a recording, and only while it is at the stage this leads from.

The key of a sound is the recording's own, so whoever comes late would put his over what others made of it meanwhile,
an Opus with a card's number over the silenced one. The turn is an advisory lock, not the row's: a refusal, which the
story tells in a transaction of many calls, waits for no store.
"""

import asyncio
from pathlib import Path
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from recordings.recording import Recording
from recordings.store import SQL, find
from recordings.vault import Vault
from trunkline.db.types import Connection

_LONGEST_SECONDS: Final = 600.0
"""A file of hours on its way into a slow bucket."""


async def take_turn(connection: Connection, recording: UUID, most_seconds: float = 60.0) -> None:
    """Wait until nobody else changes what the store has of it; the turn lasts as long as this transaction.

    Taken before any row of the recording or of its call. Raises TimeoutError.
    """
    await connection.execute(SQL["take_turn"], recording, timeout=most_seconds)


async def put_at_stage(connection: Connection, vault: Vault, one: Recording, key: str, path: Path) -> Recording | None:
    """Put the file at `path` for a recording that is still at the stage of `one`; in the transaction that reaches the
    next.

    Returns `one` with its size and SHA-256; None, and nothing is put, where it went on meanwhile. Raises OSError.
    """
    await take_turn(connection, one.id, _LONGEST_SECONDS)
    now = await find(connection, one.id)
    if now is None or now.stage is not one.stage:
        return None
    size = (await asyncio.to_thread(path.stat)).st_size
    return replace(one, size=size, sha256=await vault.put(key, path))
