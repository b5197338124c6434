"""Choices as rows: applied from the spool, each with the line the client will know us by from now on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.callerid.choose import Outward
from trunkline.callerid.record import OutgoingRecord
from trunkline.calls.store import Key, ids_of
from trunkline.db.partitions import ensure_partition
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import time_of
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

_SQL = load_queries("trunkline.callerid")
_DECODER = msgspec.msgpack.Decoder(OutgoingRecord)
_ENCODER = msgspec.json.Encoder()


class OutgoingApplier:
    """Applies records of kind OUTGOING."""

    kinds: Final = frozenset({int(Kind.OUTGOING)})

    def __init__(self) -> None:
        self._months: set[tuple[int, int]] = set()

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Add the choices; one that is there already stays."""
        told: list[OutgoingRecord] = []
        rejects: list[Reject] = []
        for record in records:
            try:
                told.append(_DECODER.decode(record.payload))
            except msgspec.DecodeError as error:
                rejects.append(Reject(record, str(error)))
        if told:
            await self._save(connection, told)
        return Applied(rejects)

    def forget(self) -> None:
        """Partitions made in the transaction that was rolled back are gone."""
        self._months.clear()

    async def _save(self, connection: Connection, told: Sequence[OutgoingRecord]) -> None:
        first_seen: dict[Key, int] = {}
        for one in told:
            at = int(one.at * 1e6)
            first_seen[_key(one)] = min(at, first_seen.get(_key(one), at))
        ids = await ids_of(connection, first_seen)
        for call_id in ids.values():
            began = datetime.fromtimestamp(time_of(call_id), UTC)
            if (month := (began.year, began.month)) not in self._months:
                await ensure_partition(connection, "outgoing_choices", *month)
                self._months.add(month)
        rows = _ENCODER.encode([_row(ids[_key(one)], one) for one in told]).decode()
        await connection.execute(_SQL["save_choices"], rows)
        await connection.execute(_SQL["remember_shown"], rows)


def _key(told: OutgoingRecord) -> Key:
    return told.question.pbx, told.question.call_id


def _row(call_id: UUID, told: OutgoingRecord) -> dict[str, Any]:
    question, choice = told.question, told.choice
    return {
        "call_id": call_id,
        "turn": told.turn,
        "at": datetime.fromtimestamp(told.at, UTC),
        "pbx": question.pbx,
        "linkedid": question.call_id,
        "agent": question.agent,
        "client": told.facts.client,
        "action": choice.action,
        "caller_id": choice.caller_id,
        "trunk": choice.trunk,
        "rule": choice.rule,
        "labelled": choice.labelled or choice.action is not Outward.DIAL,
        "status": question.status,
        "reason": question.reason,
        "degraded": told.degraded,
        "micros": told.micros,
        "fallbacks": choice.fallbacks,
        "trace": choice.trace,
        "facts": told.facts,
    }
