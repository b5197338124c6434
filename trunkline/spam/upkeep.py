"""The night's work on the spam rules: blocks computed anew, what is over forgotten, the directory built for today."""

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.spam.ranges import NUMBERS_OF_A_HUNDRED, NUMBERS_OF_A_TEN, Ten, blocks

_SQL = load_queries("trunkline.spam")
_SECONDS = 300.0
_PRUNED = ("prune_allow", "prune_passed", "prune_legit", "prune_spoken")


async def recompute_ranges(connection: Connection) -> int:
    """Compute the blocks from the list as it is worth now, in the caller's transaction; how many there are."""
    rows = await connection.fetch(_SQL["tens"], NUMBERS_OF_A_TEN, NUMBERS_OF_A_HUNDRED, timeout=_SECONDS)
    own = [row["number"] for row in await connection.fetch(_SQL["own_lines"])]
    found = blocks((Ten(row["prefix"], row["numbers"], row["votes"]) for row in rows), own)
    await connection.execute(
        _SQL["save_blocks"],
        [block.prefix for block in found],
        [block.kind for block in found],
        [block.votes for block in found],
        [block.numbers for block in found],
        timeout=_SECONDS,
    )
    await connection.execute(_SQL["mark_suspects"], timeout=_SECONDS)
    return len(found)


async def renew(pool: Pool) -> None:
    """Once a night."""
    async with pool.acquire() as connection, connection.transaction():
        for name in _PRUNED:
            await connection.execute(_SQL[name], timeout=_SECONDS)
        await recompute_ranges(connection)
        await connection.execute(_SQL["renew_directory"])
        await connection.execute("select pg_notify('directory', '')")
