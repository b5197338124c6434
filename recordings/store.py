"""Rows of recordings: what was found, how far each came, and why it stays there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from recordings.asking import UNLABELLED, Labels
from recordings.recording import Recording, Stage, Stop, recording_id
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.identity import Reach

SQL: Final = load_queries("recordings")
NOT_SENT: Final = "it was not sent in whole yet"
_LONGEST_TOLD: Final = 500
_LONGEST_FILE: Final = 1000
_LAST: Final = UUID(int=(1 << 128) - 1)
_LISTS: Final = {
    (False, False): "list_recordings",
    (True, False): "list_tagged",
    (False, True): "list_categorised",
    (True, True): "list_tagged_in_category",
}
"""By whether a tag and a category are asked for: each reads a page of its own index."""


@dataclass(frozen=True, slots=True)
class Late:
    """How many are neither kept nor explained, and since when the oldest waits."""

    recordings: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording beside what a list tells of its call."""

    recording: Recording
    started_at: datetime
    direction: str
    client: str
    answered_by: str
    dialled: str


async def note_found(connection: Connection, call_id: UUID, pbx: str, leg: str, file: str) -> UUID | None:
    """Keep that a call was recorded to `file`; its id, or None where a PBX told of that. In a transaction."""
    file = file.replace("\0", "")[:_LONGEST_FILE]
    await connection.execute(SQL["hold_naming"], call_id)
    found: UUID | None = await connection.fetchval(
        SQL["note_found"], recording_id(call_id, file), call_id, pbx, leg, file, PurePosixPath(file).name
    )
    return found


async def note_sent(connection: Connection, one: Recording) -> None:
    """Keep that `one` is being sent in, at the stage where it is found; in the transaction that asked `is_refused`."""
    file = one.file.replace("\0", "")[:_LONGEST_FILE]
    await connection.execute(SQL["note_sent"], one.id, one.call_id, one.pbx, one.leg, file, NOT_SENT)


async def is_refused(connection: Connection, call_id: UUID) -> bool:
    """Whether it, or a call it was joined with, was not to be recorded (`UNRECORDED`).

    Nobody changes that until this transaction ends.
    """
    return await connection.fetchval(SQL["is_refused"], call_id) is True


async def hold_call(connection: Connection, call_id: UUID) -> None:
    """Wait for whoever tells the call's story before anything of its recordings is locked.

    He changes the call, then what CRMs know of it, then its recordings; a recording that settles is told to the CRMs.
    """
    await connection.execute(SQL["is_refused"], call_id)


async def find(connection: Connection, identifier: UUID) -> Recording | None:
    """One, by its id."""
    row = await connection.fetchrow(SQL["find"], identifier)
    return None if row is None else _recording(row)


async def of_call(connection: Connection, call_id: UUID) -> Sequence[Recording]:
    """Those of a call."""
    return [_recording(row) for row in await connection.fetch(SQL["of_call"], call_id)]


async def list_recordings(
    connection: Connection, reach: Reach | None, before: UUID | None, limit: int, labels: Labels = UNLABELLED
) -> list[Listed]:
    """The newest within reach, older than the one of id `before`, that have the labels."""
    person, departments, lines = (reach.person, reach.departments, reach.lines) if reach else (None, None, None)
    wanted = [label for label in (labels.tag, labels.category) if label]
    statement = SQL[_LISTS[bool(labels.tag), bool(labels.category)]]
    rows = await connection.fetch(statement, person, departments, lines, before or _LAST, limit, *wanted)
    return [
        Listed(_recording(row), row["started_at"], row["direction"], row["client"], row["answered_by"], row["dialled"])
        for row in rows
    ]


async def try_it(connection: Connection, one: Recording) -> int | None:
    """Count a try of what comes after its stage; which it is, or None where it went on meanwhile."""
    tries: int | None = await connection.fetchval(SQL["try_it"], one.id, one.stage)
    return tries


async def reach(connection: Connection, one: Recording, stage: Stage, took: float, unfound: str = "") -> bool:
    """Write the stage with what is known of it now, in a transaction; False where somebody else came there first.

    Also where it is DELETED as one that was sent in, and a PBX named it meanwhile. `unfound` says what was not there.
    """
    told = one.codec, one.rate, one.channels, one.seconds, one.size, one.sha256, one.peaks, unfound[:_LONGEST_TOLD]
    if await connection.fetchval(SQL["reach"], one.id, one.stage, stage, *told, one.sent) is None:
        return False
    await connection.execute(SQL["note_step"], one.id, stage, took)
    if one.sent and stage is Stage.FETCHED:
        await connection.execute(SQL["forget_reference"], one.id)
    return True


async def stop(connection: Connection, one: Recording, why: Stop | None, told: str, tries: int) -> None:
    """Write why it stays at its stage, or with None only what went wrong this time."""
    await connection.execute(SQL["stop"], one.id, one.stage, why, told.replace("\0", "")[:_LONGEST_TOLD], tries)


async def late(connection: Connection, found_before: datetime) -> Late:
    """What was found so long ago and is neither kept nor explained."""
    row = await connection.fetchrow(SQL["late"], found_before)
    assert row is not None
    return Late(row["recordings"], row["oldest"])


def _recording(row: asyncpg.Record) -> Recording:
    return msgspec.convert(dict(row), Recording)
