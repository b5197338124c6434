"""Dead letters: what was given up, for a person to send again, mend or drop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound

_SQL = load_queries("trunkline.outbox")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up; `parks` says that its stream waits for a decision."""

    id: int
    stream: str
    kind: str
    idem: str
    payload: Mapping[str, Any]
    attempts: int
    error_class: str
    error: str
    request: str
    answer: str
    parks: bool
    created_at: datetime
    failed_at: datetime


async def dead_letters(
    connection: Connection, *, kind: str | None = None, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[DeadLetter]:
    """A page of them, newest first; `after` is the `(failed_at, id)` of the last one seen."""
    failed_at, last = after or (None, None)
    return [DeadLetter(*row) for row in await connection.fetch(_SQL["dead_letters"], kind, failed_at, last, limit)]


async def dead_letter(connection: Connection, letter: int) -> DeadLetter:
    """One of them; raises NotFound."""
    row = await connection.fetchrow(_SQL["dead_letter"], letter)
    if row is None:
        raise NotFound(f"no dead letter {letter}")
    return DeadLetter(*row)


async def dead_kinds(connection: Connection) -> list[tuple[str, int]]:
    """How many there are of each kind."""
    return [(row["kind"], row["letters"]) for row in await connection.fetch(_SQL["dead_kinds"])]


async def retry(connection: Connection, letters: Sequence[int]) -> int:
    """Send these again, each in its old place in its stream; returns how many were there. Wake the workers after."""
    async with connection.transaction():
        streams = await _streams(connection, letters)
        await connection.execute(_SQL["touch_streams"], streams)
        revived = await connection.fetch(_SQL["revive"], list(letters))
        await connection.execute(_SQL["unpark"], streams)
    return len(revived)


async def edit(connection: Connection, letter: int, payload: Mapping[str, Any]) -> None:
    """Change what will be sent when it is retried; raises NotFound."""
    if await connection.fetchval(_SQL["edit_dead_letter"], letter, payload) is None:
        raise NotFound(f"no dead letter {letter}")


async def drop(connection: Connection, letters: Sequence[int]) -> int:
    """Give these up for good and let parked streams go on; returns how many were there."""
    async with connection.transaction():
        streams = await _streams(connection, letters)
        dropped = await connection.fetch(_SQL["drop_dead_letters"], list(letters))
        await connection.execute(_SQL["unpark"], streams)
    return len(dropped)


async def _streams(connection: Connection, letters: Sequence[int]) -> list[str]:
    return [row["stream"] for row in await connection.fetch(_SQL["dead_streams"], list(letters))]
