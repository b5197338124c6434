"""Groups of hosted PBXs as they were last seen, as rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from trunkline.db.types import Connection, Pool
from trunkline.pbx.hooks.groups import Due, Seen
from trunkline.pbx.hooks.store import SQL


class GroupSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A group that is kept for `queue`: who is rung, and what differs; all people by their extensions."""

    queue: str
    place: str
    looked_at: datetime
    rung: tuple[str, ...] = ()
    due_on: tuple[str, ...] = ()
    due_off: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    kept: bool = False
    fault: str = ""

    @property
    def differs(self) -> bool:
        """Whether it rings others than those who work."""
        return bool(self.due_on or self.due_off)


def group_seen(queue: str, seen: Seen, due: Due, now: datetime) -> GroupSeen:
    """The row of a look; an extension of several numbers is rung where one of them is."""
    return GroupSeen(
        queue=queue,
        place=seen.group,
        looked_at=now,
        rung=_extensions(seat.extension for seat in seen.seats if seat.on),
        due_on=_extensions(seat.extension for seat in seen.seats if due.changes.get(seat.id) is True),
        due_off=_extensions(seat.extension for seat in seen.seats if due.changes.get(seat.id) is False),
        absent=due.absent,
        kept=due.kept,
    )


async def save_groups(pool: Pool, pbx: str, groups: Sequence[GroupSeen]) -> None:
    """All groups of `pbx` as they were just seen."""
    await pool.execute(SQL["save_groups"], pbx, msgspec.json.encode(groups).decode())


async def fault_groups(pool: Pool, pbx: str, groups: Mapping[str, str], now: datetime, fault: str) -> None:
    """They could not be seen, or not be switched; `groups` by queue."""
    await pool.execute(SQL["fault_groups"], pbx, list(groups), list(groups.values()), now, fault)


async def groups_seen(connection: Connection, pbx: str) -> list[GroupSeen]:
    """As they were last seen, by queue."""
    rows = await connection.fetch(SQL["groups_seen"], pbx)
    return [msgspec.convert(dict(row), GroupSeen) for row in rows]


def _extensions(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for one in found if one}))
