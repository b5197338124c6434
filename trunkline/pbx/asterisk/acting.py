"""One node acts for a PBX: who, by a row with a time limit, and from which moment it takes the story over.

Acting means spooling. A node that cannot ask PostgreSQL acts unless it has just seen another one do so: the story read
twice is harmless (a frame's name is the hash of its bytes), the story not read is lost (docs/decisions/0031).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from trunkline.db.types import Connection, Pool
from trunkline.pbx.ports import Mark
from trunkline.pbx.store import SQL
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_LONGEST_ASK = 2.0


@dataclass(frozen=True, slots=True)
class Granted:
    """We act; `mark` is how far the story is stored, None when nothing ever was."""

    mark: float | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Another node acts."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """PostgreSQL did not say."""

    why: str


Claim = Granted | Taken | Unknown


class Seat:
    """This node's claim to act for one PBX: good for `lease` seconds from each claim."""

    def __init__(self, pool: Pool, pbx: str, node: str, lease: float) -> None:
        self._pool = pool
        self._pbx = pbx
        self._node = node
        self._lease = lease

    async def claim(self, *, offered: bool = False) -> Claim:
        """Take or keep the seat; `offered`, it is ours only until another node claims it."""
        lease = 0.0 if offered else self._lease
        try:
            async with asyncio.timeout(min(self._lease, _LONGEST_ASK)):
                row = await self._pool.fetchrow(SQL["claim_acting"], self._pbx, self._node, lease)
        except _UNREACHABLE as error:
            return Unknown(str(error) or type(error).__name__)
        return Taken() if row is None else Granted(row["mark"])

    async def release(self) -> None:
        """Give the seat up, so that another node need not wait; without PostgreSQL it runs out by itself."""
        try:
            async with asyncio.timeout(_LONGEST_ASK):
                await self._pool.execute(SQL["release_acting"], self._pbx, self._node)
        except _UNREACHABLE:
            return


def acts(claim: Claim, *, taken_seconds_ago: float, lease: float) -> bool:
    """Whether to act on `claim`, when another node was last seen acting so long ago."""
    match claim:
        case Granted():
            return True
        case Taken():
            return False
        case Unknown():
            return taken_seconds_ago > lease


class MarkApplier:
    """Stores marks, in the transaction that stores what precedes them."""

    kinds: frozenset[int] = frozenset({Kind.MARK})

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Raise the mark of each PBX; a record that is no mark is refused."""
        marks: dict[str, float] = {}
        rejects: list[Reject] = []
        for record in records:
            try:
                mark = msgspec.msgpack.decode(record.payload, type=Mark)
            except msgspec.DecodeError as error:
                rejects.append(Reject(record, str(error)))
                continue
            marks[mark.pbx] = max(mark.stamp, marks.get(mark.pbx, mark.stamp))
        if marks:
            # In one order everywhere, so that two writers never wait for each other.
            await connection.execute(SQL["raise_mark"], sorted(marks), [marks[pbx] for pbx in sorted(marks)])
        return Applied(rejects)

    def rounds(self, _records: Sequence[Record]) -> int:
        """None of its own: marks are the last locks of any batch."""
        return 0

    def forget(self) -> None:
        """Nothing is remembered."""
