"""What calls tell of a number, written in the transaction of the step that told it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

TALK_SECONDS = 30.0
"""A talk of this length was one with a person."""

_SQL = load_queries("trunkline.spam")


@dataclass(frozen=True, slots=True)
class Told:
    """Call, number (E.164, or empty) and time."""

    call_id: UUID
    number: str
    at: datetime


async def note_passed(connection: Connection, told: Sequence[Told]) -> None:
    """Callers who pressed the right digit; the same call again changes nothing."""
    if told:
        await connection.execute(_SQL["note_passed"], *_columns(told, ("call_id", "at", "number")))


async def note_spoken(connection: Connection, told: Sequence[Told]) -> None:
    """Numbers somebody of ours talked with for TALK_SECONDS or more; the same again changes nothing."""
    if told:
        await connection.execute(_SQL["note_spoken"], *_columns(told, ("call_id", "number", "at")))


def _columns(told: Sequence[Told], names: Sequence[str]) -> list[list[object]]:
    return [[getattr(one, name) for one in told] for name in names]
