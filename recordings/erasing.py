"""The recordings of calls whose client is erased: their sounds, and everything that was made of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from recordings.forgetting import forget_sounds
from recordings.putting import take_turn
from recordings.refusing import refuse
from recordings.store import SQL, find
from recordings.vault import Vault
from trunkline.db.types import Pool


async def forget_of_calls(pool: Pool, vault: Vault, calls: Sequence[UUID]) -> Mapping[str, int]:
    """Refuse them, as an outside party would have: the worker deletes what the PBX keeps. Raises OSError.

    What was refused before is forgotten once more, which does no harm where it is gone.
    """
    refused = 0
    for call in calls:
        async with pool.acquire() as connection, connection.transaction():
            refused += len(await refuse(connection, call))
    rows = await pool.fetch(SQL["of_calls"], list(calls))
    for row in rows:
        async with pool.acquire() as connection, connection.transaction():
            await take_turn(connection, row["id"])
            one = await find(connection, row["id"])
            if one is not None:
                await forget_sounds(vault, one)
                await connection.execute(SQL["forget_peaks"], one.id)
    return {"recordings": refused}


def forgetting(vault: Vault) -> Callable[[Pool, Sequence[UUID]], Awaitable[Mapping[str, int]]]:
    """The same with the store of one process."""

    async def forget(pool: Pool, calls: Sequence[UUID]) -> Mapping[str, int]:
        return await forget_of_calls(pool, vault, calls)

    return forget
