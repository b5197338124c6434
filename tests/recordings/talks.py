"""Recordings with words, as a search and a page need them: a call, its recording, its text, found by the search."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from recordings import store
from recordings.recording import Recording
from recordings.search_store import open_month
from recordings.transcript import Piece, Transcript, Word
from recordings.transcripts import SQL, keep_transcript
from trunkline.calls.detail import Story
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Connection, Pool
from trunkline.ids import call_uuid

Said = tuple[int | None, str]
"""A side, and what it said; `?` behind a word: the engine was not sure of it."""


def pieces_of(said: Sequence[Said]) -> tuple[Piece, ...]:
    """A word a second, the sides one after the other."""
    pieces, at = [], 0
    for side, text in said:
        words = []
        for word in text.split():
            words.append(Word(word.rstrip("?"), at, at + 0.5, 0.3 if word.endswith("?") else 0.95))
            at += 1
        pieces.append(Piece(side, tuple(words)))
    return tuple(pieces)


async def talk(
    pool: Pool,
    at: datetime,
    *said: Said,
    direction: str = "in",
    line: UUID | None = None,
    leg: str = "",
    language: str = "ru",
) -> Recording:
    """The recording of a call of that moment in which it was said."""
    linkedid = f"{int(at.timestamp())}.1"
    call_id = call_uuid("office", linkedid, at.timestamp())
    async with pool.acquire() as connection, connection.transaction():
        await ensure_partition(connection, "calls", at.year, at.month)
        await connection.execute(
            """
            insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at,
                outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap,
                ended_at, story)
            values ($1, 'office', $2, $3, '', '', '+79161234567', '+74951234567', $4, $5, 'answered', '101', '{101}',
                '{}', '{}', '{}', '{}', 0, 60000, false, false, $5, $6)
            """,
            *(call_id, linkedid, direction, line, at, _STORY),
        )
        identifier = await store.note_found(connection, call_id, "office", leg or linkedid, "q.wav")
        assert identifier is not None
        await connection.execute(
            "update recordings set stage = 'kept', channels = $2, seconds = 60, peaks = $3 where id = $1",
            *(identifier, 1 if said[0][0] is None else 2, bytes(40)),
        )
        one = await store.find(connection, identifier)
        assert one is not None
        await write_down(connection, one, Transcript("test", "small-ru", language, pieces_of(said)))
    return one


async def write_down(connection: Connection, one: Recording, transcript: Transcript) -> None:
    """What a speech engine's job does."""
    await open_month(connection, one)
    wanted_at = await connection.fetchval(SQL["want_again"], one.id)  # whatever its rules said of it
    assert await keep_transcript(connection, one, wanted_at, transcript, 1.0)


_STORY = msgspec.to_builtins(Story((), (), (), (), (), (), ("q.wav",), ()))
MARCH = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
