"""Rows of what was hidden in recordings; the words go with the row that tells of them, in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from recordings.hiding import Hidden, Kind
from recordings.recording import Recording
from recordings.redacting import redact
from recordings.search_store import index_transcript
from recordings.transcripts import read_transcript
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.web.metrics import RECORDINGS_REDACTED

SQL: Final = load_queries("recordings", "redactions.sql")


async def note_hidden(connection: Connection, recording_id: UUID, hidden: Sequence[Hidden]) -> None:
    """Let nobody hear it until it is silenced there, in the transaction that keeps its words."""
    if not hidden:
        return
    columns = [[getattr(one, name) for one in hidden] for name in ("kind", "start", "end")]
    await connection.execute(SQL["note_hidden"], recording_id, *columns)
    await connection.execute(SQL["mute"], recording_id)


def count_hidden(hidden: Sequence[Hidden]) -> None:
    """Behind the commit."""
    for one in hidden:
        RECORDINGS_REDACTED.labels(one.kind.value).inc()


async def hide_kept_words(connection: Connection, recording: Recording) -> Sequence[Hidden]:
    """Take out of a text that was kept before what must not be in it, and out of the search, in a transaction."""
    await connection.execute(SQL["lock_text"], recording.id)
    transcript = await read_transcript(connection, recording.id)
    if transcript is None:
        return ()
    redacted, hidden = await asyncio.to_thread(redact, transcript)
    if hidden:
        await connection.execute(SQL["rewrite_text"], recording.id, msgspec.json.encode(redacted.pieces))
        await index_transcript(connection, recording, redacted)
        await note_hidden(connection, recording.id, hidden)
    return hidden


async def to_silence(connection: Connection, recording_id: UUID) -> list[Hidden]:
    """Where its sound has still to be silenced."""
    return [msgspec.convert(dict(row), Hidden) for row in await connection.fetch(SQL["to_silence"], recording_id)]


async def hidden_in(connection: Connection, recordings: Sequence[UUID]) -> Mapping[UUID, Mapping[Kind, int]]:
    """How often which was hidden in each."""
    found: dict[UUID, dict[Kind, int]] = {}
    for row in await connection.fetch(SQL["hidden_in"], recordings):
        found.setdefault(row["recording_id"], {})[Kind(row["kind"])] = row["times"]
    return found
