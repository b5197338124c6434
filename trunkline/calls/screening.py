"""Calls the spam rules kept out: told by their decisions, which may come before or after their last step."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.pbx.port import DecisionRecord

_SQL = load_queries("trunkline.calls", "decisions.sql")
_FILTERS = frozenset({"personal", "spam", "spam_score", "anonymous"})


def may_be_screened(summary: Summary) -> bool:
    """Whether only its decisions can tell if this call was missed: it came from outside and nobody was rung."""
    return summary.outcome is Outcome.MISSED and summary.direction is Direction.IN and not summary.rang


def screened(summary: Summary) -> Summary:
    """The summary of a call that was kept out."""
    return replace(summary, outcome=Outcome.SCREENED, missed_why=None)


async def screened_among(connection: Connection, calls: Sequence[UUID]) -> frozenset[UUID]:
    """Which of `calls` were kept out, as far as their decisions are known; what comes later `screen_late` tells."""
    if not calls:
        return frozenset()
    await hold(connection, calls)
    return frozenset(await _screened(connection, calls))


async def hold(connection: Connection, calls: Sequence[UUID]) -> None:
    """Before decisions of these calls are written: a node that writes the same calls waits for the commit."""
    await connection.execute(_SQL["hold_screening"], calls)


async def screen_late(connection: Connection, calls: Sequence[UUID]) -> list[UUID]:
    """After decisions of these calls were written: those that are over already were not missed; returns these."""
    if found := await _screened(connection, calls):
        return [row["id"] for row in await connection.fetch(_SQL["screen_calls"], found)]
    return []


async def _screened(connection: Connection, calls: Sequence[UUID]) -> list[UUID]:
    return [row["call_id"] for row in await connection.fetch(_SQL["screened"], calls, [*_FILTERS])]


def kept_out(told: DecisionRecord) -> bool:
    """Whether a spam rule made this decision."""
    return told.decision.rule in _FILTERS


def passed(told: DecisionRecord) -> bool:
    """Whether the caller had been asked for a digit and pressed the right one."""
    return any(
        row.rule == "challenge_failed" and not row.matched and bool(row.used.get("asked"))
        for row in told.decision.trace
    )
