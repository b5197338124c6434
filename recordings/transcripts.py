"""Rows of transcripts: which recordings are to be written down, why others are not, and the words that were kept."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from recordings.recording import Recording
from recordings.search_store import index_transcript
from recordings.transcript import Piece, TextStage, TextStop, Transcript
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

SQL: Final = load_queries("recordings", "transcripts.sql")
_LONGEST_TOLD: Final = 500
_PIECES: Final = msgspec.json.Decoder(tuple[Piece, ...])


class Wanted(msgspec.Struct, frozen=True):
    """A text that is to be made. `wanted_at` tells one wish from a later one, with another model, of the same text."""

    recording_id: UUID
    tries: int
    told: str
    wanted_at: datetime


async def want_text(
    connection: Connection, recording_id: UUID, stop: TextStop | None = None, told: str = ""
) -> datetime | None:
    """Note that its text is wanted, or with `stop` why it is not; since when, or None where it was noted before."""
    since: datetime | None = await connection.fetchval(SQL["want"], recording_id, stop, told)
    return since


async def find_wanted(connection: Connection, recording_id: UUID) -> Wanted | None:
    """What is still to be made of it."""
    row = await connection.fetchrow(SQL["find_wanted"], recording_id)
    return None if row is None else msgspec.convert(dict(row), Wanted)


async def try_text(connection: Connection, one: Wanted) -> int | None:
    """Count a try; which it is, or None where somebody else was quicker."""
    tries: int | None = await connection.fetchval(SQL["try_text"], one.recording_id, one.wanted_at)
    return tries


async def stop_text(connection: Connection, one: Wanted, why: TextStop | None, told: str, tries: int) -> None:
    """Write why there is no text, or with None only what went wrong this time."""
    told = told.replace("\0", "")[:_LONGEST_TOLD]
    await connection.execute(SQL["stop_text"], one.recording_id, one.wanted_at, why, told, tries)


async def keep_transcript(
    connection: Connection, recording: Recording, wanted_at: datetime, transcript: Transcript, took: float
) -> bool:
    """Write the words, and for the search, in a transaction; False where somebody else did or they are wanted anew.

    `took` is in seconds.
    """
    silent = not transcript.pieces
    # Before its text, as whoever refuses it or lets it expire locks it.
    if await connection.fetchval(SQL["lock_kept"], recording.id) is None:
        return False
    kept = await connection.fetchval(
        SQL["keep_text"],
        recording.id,
        wanted_at,
        TextStage.WANTED if silent else TextStage.TRANSCRIBED,
        TextStop.SILENT if silent else None,
        took,
        transcript.engine,
        transcript.model,
        transcript.language,
        None if silent else msgspec.json.encode(transcript.pieces),
    )
    if kept is not None:
        await index_transcript(connection, recording, transcript)
    return kept is not None


async def read_transcript(connection: Connection, recording_id: UUID) -> Transcript | None:
    """The words of a recording; None where there are none."""
    row = await connection.fetchrow(SQL["read_text"], recording_id)
    if row is None:
        return None
    return Transcript(row["engine"], row["model"], row["language"], _PIECES.decode(row["pieces"]))
