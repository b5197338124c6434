"""Rows of analyses: what is still to be analysed, and the tags that were found."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec

from recordings.dictionaries import books_to_tag_by
from recordings.dictionary import Book, Dictionary, Tag, Tagged, look_up, look_up_all, open_book
from recordings.phrases import Heard
from recordings.recording import Recording
from recordings.search_store import call_ends, stems_of
from recordings.tokens import tokens
from recordings.transcript import Piece
from recordings.transcripts import read_transcript
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.jobs.port import Jobs

SQL: Final = load_queries("recordings", "analyses.sql")
ANALYSE: Final = "recordings.analyse"
"""The job that analyses a text, named by its recording's id."""
_LONGEST_TOLD: Final = 500


class Unanalysed(msgspec.Struct, frozen=True):
    """A text that is to be analysed. `wanted_at` tells one wish from a later one, of other words."""

    recording_id: UUID
    tries: int
    told: str
    wanted_at: datetime


async def want_analysis(connection: Connection, jobs: Jobs, recording_id: UUID) -> None:
    """Have its text analysed, in the transaction that keeps it."""
    wanted_at = await connection.fetchval(SQL["want_analysis"], recording_id)
    await _enqueue(connection, jobs, recording_id, wanted_at)


async def take_up_analyses(connection: Connection, jobs: Jobs, most: int) -> int:
    """Go on with texts that were made before there was an analysis, in a transaction; returns how many."""
    waiting = await connection.fetch(SQL["of_before"], most)
    for row in waiting:
        await _enqueue(connection, jobs, row["recording_id"], row["wanted_at"])
    return len(waiting)


async def _enqueue(connection: Connection, jobs: Jobs, recording_id: UUID, wanted_at: datetime) -> None:
    await jobs.enqueue(connection, ANALYSE, recording_id.bytes, once=f"{recording_id}:{wanted_at.timestamp()}")


async def find_unanalysed(connection: Connection, recording_id: UUID) -> Unanalysed | None:
    """What is still to be done of it."""
    row = await connection.fetchrow(SQL["find_unanalysed"], recording_id)
    return None if row is None else msgspec.convert(dict(row), Unanalysed)


async def stop_analysis(connection: Connection, one: Unanalysed, why: str | None, told: str, tries: int) -> None:
    """Write why it stays, or with None only what went wrong this time."""
    told = told.replace("\0", "")[:_LONGEST_TOLD]
    await connection.execute(SQL["stop_analysis"], one.recording_id, one.wanted_at, why, told, tries)


async def keep_tags(connection: Connection, recording: Recording, wanted_at: datetime | None, began: float) -> bool:
    """Tag it by the dictionaries of now, in a transaction; False where somebody else did, or it is wanted anew.

    `wanted_at` None: it is tagged anew. `began`: the work on it, by time.perf_counter().
    """
    version, books = await books_to_tag_by(connection)
    transcript = await read_transcript(connection, recording.id)
    tagged = Tagged()
    if transcript is not None and books:
        tagged = look_up_all(books, await _heard(connection, recording, transcript.pieces, books))
    if wanted_at is None:
        done = await connection.fetchval(SQL["retagged"], recording.id, version, tagged.category)
    else:
        took = time.perf_counter() - began
        done = await connection.fetchval(SQL["analysed"], recording.id, wanted_at, took, version, tagged.category)
    if done is None:
        return False
    await connection.execute(SQL["forget_tags"], recording.id)
    columns = [[getattr(tag, name) for tag in tagged.tags] for name in ("tag", "at", "times")]
    await connection.execute(SQL["keep_tags"], recording.id, *columns)
    return True


async def _heard(connection: Connection, recording: Recording, pieces: Sequence[Piece], books: Sequence[Book]) -> Heard:
    said = {token for piece in pieces for word in piece.words for token in tokens(word.text)}
    stems = await stems_of(connection, sorted(said.union(*(book.words for book in books))))
    return Heard(pieces, await call_ends(connection, recording), stems)


async def try_dictionary(
    connection: Connection, one: Dictionary, recordings: Sequence[Recording]
) -> list[tuple[Recording, Tag]]:
    """Those of the recordings that it would tag. Raises InvalidInput."""
    book, found = open_book(one), []
    for recording in recordings:
        transcript = await read_transcript(connection, recording.id)
        if transcript is None:
            continue
        tag = look_up(book, await _heard(connection, recording, transcript.pieces, [book]))
        if tag is not None:
            found.append((recording, tag))
    return found


async def tags_of(connection: Connection, recordings: Sequence[UUID]) -> Mapping[UUID, Tagged]:
    """What the dictionaries said of each that was analysed."""
    rows = await connection.fetch(SQL["tags_of"], recordings)
    found = {}
    for (identifier, category), some in groupby(rows, key=lambda row: (row["recording_id"], row["category"])):
        tags = tuple(Tag(row["tag"], row["at"], row["times"]) for row in some if row["tag"] is not None)
        found[identifier] = Tagged(category, tags)
    return found
