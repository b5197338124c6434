"""What the database says of queue members: who is wanted, whom we made, and who is left in peace."""

from collections.abc import Sequence
from typing import NamedTuple

from trunkline.db.types import Pool
from trunkline.pbx.asterisk.members import Wanted
from trunkline.pbx.asterisk.pauses import Rest
from trunkline.pbx.store import SQL


class Roster(NamedTuple):
    """One PBX's part of it; `queues` are the names of all queues we know."""

    queues: frozenset[str] = frozenset()
    wanted: tuple[Wanted, ...] = ()
    rests: tuple[Rest, ...] = ()
    made: frozenset[tuple[str, str]] = frozenset()


async def read_roster(pool: Pool, pbx: str) -> Roster:
    """As it is now."""
    async with pool.acquire() as connection:
        queues: Sequence[str] = [row["target"] for row in await connection.fetch(SQL["known_queues"])]
        wanted = [Wanted(*row) for row in await connection.fetch(SQL["wanted_members"])]
        rests = [Rest(*row) for row in await connection.fetch(SQL["rests"], pbx)]
        made = [(row["queue"], row["interface"]) for row in await connection.fetch(SQL["made_members"], pbx)]
        return Roster(frozenset(queues), tuple(wanted), tuple(rests), frozenset(made))


async def note_member(pool: Pool, pbx: str, queue: str, interface: str) -> None:
    """We are about to add it: from now on it is ours to remove."""
    await pool.execute(SQL["note_member"], pbx, queue, interface)


async def forget_member(pool: Pool, pbx: str, queue: str, interface: str) -> None:
    """It is gone, or never was ours."""
    await pool.execute(SQL["forget_member"], pbx, queue, interface)
