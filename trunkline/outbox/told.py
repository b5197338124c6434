"""What each outside system was told of a call, and what it answered, by its streams `<system>:<id>:call:<call>`.

The end may ride in another stream, which keeps other things in order: it is known by the name `<stream>:finish`, and
`…:again` where it was told again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.outbox.said import HOUSE, Said

_SQL: Final = load_queries("trunkline.outbox")
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class System:
    """Systems whose streams begin with `prefix`: `names` tells what people call each, `words` what it was told, by the
    kind of the delivery or by the event in it. `more` tells of further streams of a call, whose each goes to.
    """

    prefix: str
    names: Callable[[Connection], Awaitable[Mapping[UUID, str]]]
    words: Mapping[str, str]
    more: Callable[[Connection, UUID], Awaitable[Mapping[str, str]]] | None = None


systems_key: web.AppKey[Sequence[System]] = web.AppKey("told_systems", Sequence[System])
said_key: web.AppKey[Said] = web.AppKey("said_of_deliveries", Said)


class ToldState(StrEnum):
    """Where a delivery stands."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery. `at` is when it came there, or was given up; of what waits, since when."""

    system: str
    what: str
    state: ToldState
    at: datetime
    attempts: int
    said: str
    """What was answered, or what went wrong the last time."""
    warning: str
    letter: int | None
    """The dead letter, of what was given up."""


def said_of(request: web.Request) -> Said:
    """The sentences that deliveries of this process leave in rows."""
    return request.app.get(said_key) or Said(HOUSE)


async def names_of(connection: Connection, systems: Sequence[System]) -> dict[str, tuple[System, str]]:
    """Every system that may be told something, by how its streams begin."""
    return {
        f"{one.prefix}:{identifier}": (one, name)
        for one in systems
        for identifier, name in (await one.names(connection)).items()
    }


async def told_of_call(connection: Connection, systems: Sequence[System], call: UUID) -> list[Told]:
    """In the order in which it was noted; `what` is a sentence to be translated, or a name of ours that has none."""
    named = {f"{start}:call:{call}": known for start, known in (await names_of(connection, systems)).items()}
    for system in systems:
        if system.more is not None:
            named |= {stream: (system, name) for stream, name in (await system.more(connection, call)).items()}
    rows = await connection.fetch(_SQL["told"], list(named), _MOST)
    return [
        Told(
            named[row["stream"]][1],
            named[row["stream"]][0].words.get(row["what"], row["what"]),
            ToldState(row["state"]),
            row["at"],
            row["attempts"],
            row["said"],
            row["warning"],
            row["letter"],
        )
        for row in rows
    ]
