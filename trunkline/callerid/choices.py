"""Choices as rows: applied from the spool, each with the line the client will know us by from now on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from trunkline.callerid.choose import Outward
from trunkline.callerid.record import OutgoingRecord
from trunkline.calls.turns import TurnApplier
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.spool import Kind

_SQL = load_queries("trunkline.callerid")
_ENCODER = msgspec.json.Encoder()


class OutgoingApplier(TurnApplier[OutgoingRecord]):
    """Applies records of kind OUTGOING."""

    def __init__(self) -> None:
        super().__init__(Kind.OUTGOING, OutgoingRecord, "outgoing_choices")

    async def save(self, connection: Connection, turns: Sequence[tuple[UUID, OutgoingRecord]]) -> None:
        """Add the choices; one that is there already stays."""
        rows = _ENCODER.encode([_row(*turn) for turn in turns]).decode()
        await connection.execute(_SQL["save_choices"], rows)
        await connection.execute(_SQL["remember_shown"], rows)


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
