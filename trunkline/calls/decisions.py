"""Decisions as rows: applied from the spool, found again for `trunkline why` and the call's page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from trunkline.calls import screening
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.turns import TurnApplier
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.leads.follow import keep_late
from trunkline.leads.rules import LeadRulesOf, usual_lead_rules
from trunkline.missed.keep import recount_calls
from trunkline.missed.rules import RulesOf, usual_rules
from trunkline.pbx.port import Action, Decision, DecisionRecord, Next, TraceRow
from trunkline.spam.evidence import Told, note_passed
from trunkline.spool import Kind

SQL = load_queries("trunkline.calls", "decisions.sql")

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


class DecisionApplier(TurnApplier[DecisionRecord]):
    """Applies records of kind DECISION."""

    def __init__(self, missed: RulesOf = usual_rules, leads: LeadRulesOf = usual_lead_rules) -> None:
        super().__init__(Kind.DECISION, DecisionRecord, "decisions")
        self._missed = missed
        self._leads = leads

    async def save(self, connection: Connection, turns: Sequence[tuple[UUID, DecisionRecord]]) -> None:
        """Add the decisions, and what they say of their callers."""
        judged = sorted({call_id for call_id, told in turns if screening.kept_out(told)})
        if judged:
            await screening.hold(connection, judged)
        await connection.execute(SQL["save_decisions"], _ENCODER.encode([_row(*turn) for turn in turns]).decode())
        late = await screening.screen_late(connection, judged) if judged else []
        # Spam before missed clients, as the story does it: two nodes never wait for each other crosswise.
        await note_passed(connection, [_passed(call_id, told) for call_id, told in turns if screening.passed(told)])
        if late:
            await recount_calls(connection, late, await self._missed(connection))
            await keep_late(connection, late, await self._leads(connection))


async def decisions_of(connection: Connection, call_id: UUID) -> list[StoredDecision]:
    """The turns of a call, in order; empty when nobody asked about it."""
    rows = await connection.fetch(SQL["decisions_of_call"], call_id)
    return [msgspec.convert(dict(row), StoredDecision) for row in rows]


async def zone_of(connection: Connection, plan: int) -> ZoneInfo | None:
    """The zone whose clock the rules of that version of the plan looked at; None where there is no such version."""
    name = await connection.fetchval(SQL["zone_of_plan"], plan)
    return None if name is None else ZoneInfo(name)


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
