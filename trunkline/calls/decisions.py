"""Decisions as rows: applied from the spool, found again for `trunkline why` and the call's page."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.calls import screening
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.store import Key, ids_of
from trunkline.db.partitions import ensure_partition
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import time_of
from trunkline.pbx.port import Action, Decision, DecisionRecord, Next, TraceRow
from trunkline.spam.evidence import Told, note_passed
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

SQL = load_queries("trunkline.calls", "decisions.sql")

MONEY_RULES: Final = frozenset(("debtor",))
"""Rules whose trace tells sums."""

_DECODER = msgspec.msgpack.Decoder(DecisionRecord)
_ENCODER = msgspec.json.Encoder()


class StoredDecision(msgspec.Struct, frozen=True):
    """One turn as it was answered."""

    call_id: UUID
    turn: int
    at: datetime
    pbx: str
    linkedid: str
    caller: str
    line: str
    action: Action
    target: str
    targets: tuple[str, ...]
    ring_seconds: int
    wait_seconds: int
    priority: int
    caller_name: str
    sound: str
    next: Next
    rule: str
    degraded: tuple[str, ...]
    status: str
    queue: str
    digits: str
    plan: int
    micros: int
    trace: tuple[TraceRow, ...]
    facts: dict[str, Any] | None
    advised: Decision | None = None
    """What a line in advise would have got; its facts are those above."""


def without_money(trace: tuple[TraceRow, ...]) -> tuple[TraceRow, ...]:
    """A trace for who may not see what a contact owes: without the rule that looks at it."""
    return tuple(row for row in trace if row.rule not in MONEY_RULES)


class DecisionApplier:
    """Applies records of kind DECISION."""

    kinds: Final = frozenset({int(Kind.DECISION)})

    def __init__(self) -> None:
        self._months: set[tuple[int, int]] = set()

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Add the decisions; a call whose id carries no time gets the id its first record gave it."""
        told: list[DecisionRecord] = []
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

    async def _save(self, connection: Connection, told: Sequence[DecisionRecord]) -> None:
        first_seen: dict[Key, int] = {}
        for decision in told:
            key = _key(decision)
            at = int(decision.at * 1_000_000)
            first_seen[key] = min(at, first_seen.get(key, at))
        ids = await ids_of(connection, first_seen)
        await self._ensure_months(connection, ids.values())
        judged = sorted({ids[_key(decision)] for decision in told if screening.kept_out(decision)})
        if judged:
            await screening.hold(connection, judged)
        rows = [_row(ids[_key(decision)], decision) for decision in told]
        await connection.execute(SQL["save_decisions"], _ENCODER.encode(rows).decode())
        if judged:
            await screening.screen_late(connection, judged)
        await note_passed(connection, [_passed(ids[_key(one)], one) for one in told if screening.passed(one)])

    async def _ensure_months(self, connection: Connection, ids: Iterable[UUID]) -> None:
        moments = (datetime.fromtimestamp(time_of(call_id), UTC) for call_id in ids)
        for month in {(moment.year, moment.month) for moment in moments} - self._months:
            await ensure_partition(connection, "decisions", *month)
            self._months.add(month)


async def decisions_of(connection: Connection, call_id: UUID) -> list[StoredDecision]:
    """The turns of a call, in order; empty when nobody asked about it."""
    rows = await connection.fetch(SQL["decisions_of_call"], call_id)
    return [msgspec.convert(dict(row), StoredDecision) for row in rows]


async def find_call(connection: Connection, spelling: str) -> UUID | None:
    """The call `spelling` names: our id, the PBX's id, or a number (its last call)."""
    try:
        return UUID(spelling)
    except ValueError:
        pass
    found: UUID | None = await connection.fetchval(SQL["call_of_linkedid"], spelling)
    if found is None and not isinstance(number := parse(spelling), NamedKind):
        found = await connection.fetchval(SQL["last_call_from"], number)
    return found


def _passed(call_id: UUID, told: DecisionRecord) -> Told:
    """Who pressed the right digit; a hidden number stays empty."""
    number = parse(told.caller)
    spelled = "" if isinstance(number, NamedKind) else number
    return Told(call_id, spelled, datetime.fromtimestamp(told.at, UTC))


def _key(told: DecisionRecord) -> Key:
    return told.question.pbx, told.question.call_id


def _row(call_id: UUID, told: DecisionRecord) -> dict[str, Any]:
    question, decision = told.question, told.decision
    row = {name: getattr(decision, name) for name in _FROM_DECISION}
    return row | {
        "call_id": call_id,
        "turn": told.turn,
        "at": datetime.fromtimestamp(told.at, UTC),
        "pbx": question.pbx,
        "linkedid": question.call_id,
        "caller": told.caller,
        "line": told.line,
        "status": question.status,
        "queue": question.queue,
        "digits": question.digits,
        "plan": told.plan,
        "micros": told.micros,
        "asked_at": None if question.at is None else datetime.fromtimestamp(question.at, UTC),
    }


_FROM_DECISION = tuple(name for name in Decision.__struct_fields__ if name != "state")
