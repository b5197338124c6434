"""Turns of a PBX's questions as rows: what routing decisions and outgoing choices share on their way from the spool."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from trunkline.calls.store import Key, ids_of
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Connection
from trunkline.ids import time_of
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject


class Asked(Protocol):
    """Which call the PBX asked about."""

    @property
    def pbx(self) -> str: ...

    @property
    def call_id(self) -> str: ...


class Turn(Protocol):
    """A question and what was answered, when."""

    @property
    def at(self) -> float: ...

    @property
    def question(self) -> Asked: ...


_Turn = TypeVar("_Turn", bound=Turn)


class TurnApplier(ABC, Generic[_Turn]):
    """Applies records of one kind to one table of months."""

    def __init__(self, kind: Kind, turn: type[_Turn], table: str) -> None:
        self.kinds: Final = frozenset({int(kind)})
        self._decoder = msgspec.msgpack.Decoder(turn)
        self._table = table
        self._months: set[tuple[int, int]] = set()

    @abstractmethod
    async def save(self, connection: Connection, turns: Sequence[tuple[UUID, _Turn]]) -> None:
        """Add turns, each with the id of its call; their months are there."""

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Add the turns; a call whose id carries no time gets the id its first record gave it."""
        turns: list[_Turn] = []
        rejects: list[Reject] = []
        for record in records:
            try:
                turns.append(self._decoder.decode(record.payload))
            except msgspec.DecodeError as error:
                rejects.append(Reject(record, str(error)))
        if turns:
            ids = await ids_of(connection, _first_seen(turns))
            await self._ensure_months(connection, ids.values())
            await self.save(connection, [(ids[_key(turn)], turn) for turn in turns])
        return Applied(rejects)

    def rounds(self, records: Sequence[Record]) -> int:
        """All turns at once."""
        return min(1, len(records))

    def forget(self) -> None:
        """Partitions made in the transaction that was rolled back are gone."""
        self._months.clear()

    async def _ensure_months(self, connection: Connection, ids: Iterable[UUID]) -> None:
        moments = (datetime.fromtimestamp(time_of(call_id), UTC) for call_id in ids)
        for month in {(moment.year, moment.month) for moment in moments} - self._months:
            await ensure_partition(connection, self._table, *month)
            self._months.add(month)


def _first_seen(turns: Iterable[Turn]) -> dict[Key, int]:
    """When each call was first asked about, in microseconds."""
    first: dict[Key, int] = {}
    for turn in turns:
        key, at = _key(turn), int(turn.at * 1_000_000)
        first[key] = min(at, first.get(key, at))
    return first


def _key(turn: Turn) -> Key:
    return turn.question.pbx, turn.question.call_id
