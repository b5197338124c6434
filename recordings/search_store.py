"""The search over what was said: its rows, and what it finds, month by month from the newest one on."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from recordings.asking import UNLABELLED, Labels, Sought, Term
from recordings.marks import Snippet, places, snippet_of, vocabulary
from recordings.recording import Recording
from recordings.sides import End, Ends, ends_of
from recordings.store import Listed
from recordings.tokens import tokens
from recordings.transcript import Piece, Transcript
from trunkline.db.partitions import ensure_partition
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import month_bounds, time_of
from trunkline.people.identity import Reach

SQL: Final = load_queries("recordings", "search.sql")
_PIECES: Final = msgspec.json.Decoder(tuple[Piece, ...])
_PATIENCE: Final = 1.0
"""Seconds after which no further month is begun: the reader is told how far back was looked, and may go on."""
_MIXED: Final = "mixed"
SETTINGS: Final = (
    "set local plan_cache_mode = force_custom_plan",  # rare words and frequent ones need different plans
    # The index tells who said a word without reading what else was said: a scan of the table reads all of it, from
    # beside the table, which the planner does not count.
    "set local enable_seqscan = off",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A recording in which it was said. `ends`: who speaks on its tracks, None where nobody knows."""

    listed: Listed
    ends: Ends | None
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Found:
    """The newest hits. `before`: where to go on, None at the end; `back_to`: how far was looked, None for all."""

    hits: Sequence[Hit]
    before: UUID | None = None
    back_to: datetime | None = None


async def index_transcript(connection: Connection, recording: Recording, transcript: Transcript) -> None:
    """Let the search find its words, in the transaction that keeps them; what it knew of the recording goes."""
    await forget_words(connection, recording.id)
    if not transcript.pieces:
        return
    texts = _texts(transcript.pieces, await call_ends(connection, recording))
    await connection.execute(SQL["keep_words"], recording.id, list(texts), list(texts.values()))


async def open_month(connection: Connection, recording: Recording) -> None:
    """Make room for its words, before the transaction that keeps them: the locks that it takes are none to hold."""
    began = datetime.fromtimestamp(recording.began, UTC)
    await ensure_partition(connection, "transcript_search", began.year, began.month)


async def forget_words(connection: Connection, recording_id: UUID) -> None:
    """Let the search know nothing of it."""
    await connection.execute(SQL["forget_words"], recording_id)


async def call_ends(connection: Connection, recording: Recording) -> Ends | None:
    """Who speaks on its tracks; None where that is not known."""
    call = await connection.fetchrow(SQL["call_of"], recording.call_id)
    return None if call is None else ends_of(call["direction"], call["linkedid"], recording.leg)


def _texts(pieces: Sequence[Piece], ends: Ends | None) -> dict[str, str]:
    """The words of each side, by its name."""
    if ends is None or any(piece.side not in (0, 1) for piece in pieces):
        return {_MIXED: _line(pieces)}
    return {
        "all": _line(pieces),
        **{end.value: _line([piece for piece in pieces if piece.side == side]) for side, end in enumerate(ends)},
    }


def _line(pieces: Sequence[Piece]) -> str:
    return " ".join(token for piece in pieces for word in piece.words for token in tokens(word.text))


async def search(
    connection: Connection,
    sought: Sought,
    end: End | None,
    reach: Reach | None,
    before: UUID | None,
    now: datetime,
    limit: int,
    labels: Labels = UNLABELLED,
) -> Found:
    """The newest `limit` recordings within reach, older than `before`, in which it was said, by `end` if one is given.

    Those alone that have the labels.

    In a transaction, for whose rest its settings stay.
    """
    for setting in SETTINGS:
        await connection.execute(setting)
    compiled = await _compile(connection, sought)
    rows, lowest = await _rows(connection, compiled, end, reach, before, now, limit + 1, labels)
    hits = await _hits(connection, rows[:limit], sought.terms, end)
    if len(rows) > limit:
        return Found(hits, hits[-1].listed.recording.id)
    return Found(hits, lowest, None if lowest is None else datetime.fromtimestamp(time_of(lowest), UTC))


async def stems_of(connection: Connection, words: Sequence[str]) -> dict[str, str | None]:
    """What the search compares each of `words` by."""
    return {row["token"]: row["stem"] for row in await connection.fetch(SQL["stems"], words)}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Conditions of PostgreSQL, empty for nothing. `said` is what the index alone can tell, `phrases` all of it.

    Words that must not have been said belong to `said` where it has others; `unsaid` is what the index cannot leave
    out by itself.
    """

    said: str
    unsaid: str
    phrases: str


async def _compile(connection: Connection, sought: Sought) -> _Compiled:
    asked = [" ".join(term) for term in (*sought.terms, *sought.unsaid)]
    rows = {row["asked"]: row for row in await connection.fetch(SQL["compiled"], asked)}
    near = {text: _near(row) for text, row in rows.items()}
    whole = {text: _whole(row) for text, row in rows.items()}

    def any_of(terms: Sequence[Term], conditions: Mapping[str, str]) -> str:
        return " | ".join(conditions[" ".join(term)] for term in terms)

    def every(conditions: Mapping[str, str]) -> str:
        return " & ".join(f"({any_of(group, conditions)})" for group in sought.said)

    said, unsaid = every(near), any_of(sought.unsaid, whole)
    if said and unsaid and all(len(term) == 1 for term in sought.unsaid):
        said, unsaid = f"{said} & !({unsaid})", ""
    phrases = any(len(term) > 1 for term in sought.terms)
    return _Compiled(said, unsaid, every(whole) if phrases else "")


def _near(row: asyncpg.Record) -> str:
    """A term's words, and the pairs they make, wherever. What is no word to PostgreSQL nobody said."""
    return "(" + " & ".join([row["words"], *(f"'{pair}'" for pair in row["pairs"])]) + ")" if row["words"] else "'#'"


def _whole(row: asyncpg.Record) -> str:
    """A term's words, one after the other."""
    return f"({row['phrase']} & {_near(row)})" if row["words"] else "'#'"


async def _rows(
    connection: Connection,
    compiled: _Compiled,
    end: End | None,
    reach: Reach | None,
    before: UUID | None,
    now: datetime,
    limit: int,
    labels: Labels,
) -> tuple[list[asyncpg.Record], UUID | None]:
    """At most `limit` rows, and where to go on where time was short."""
    oldest = await connection.fetchval(SQL["oldest"])
    sides = ["all" if end is None else end.value, _MIXED]
    scope = (reach.person, reach.departments, reach.lines) if reach else (None, None, None)
    newest = now if before is None else datetime.fromtimestamp(min(time_of(before), now.timestamp()), UTC)
    # Of now the month behind it too: a PBX's clock may be ahead.
    month = newest.year * 12 + newest.month - (before is not None and time_of(before) < now.timestamp())
    rows: list[asyncpg.Record] = []
    began = time.monotonic()
    while oldest is not None and len(rows) < limit:
        low, high = month_bounds(month // 12, month % 12 + 1)
        top = min(high, before) if before else high
        if top <= oldest:
            break
        said = (compiled.said, compiled.unsaid)
        wanted = (compiled.phrases, limit - len(rows), labels.tag, labels.category)
        asked = (low, top, sides, *said, *scope, low, high, *wanted)
        rows += await connection.fetch(SQL["search"], *asked)
        month -= 1
        if time.monotonic() - began > _PATIENCE and low > oldest and len(rows) < limit:
            return rows, low
    return rows, None


async def _hits(
    connection: Connection, rows: Sequence[asyncpg.Record], terms: Sequence[Term], end: End | None
) -> list[Hit]:
    """The rows with the words around what was found."""
    ids = [row["id"] for row in rows]
    texts = {row["recording_id"]: _PIECES.decode(row["pieces"]) for row in await connection.fetch(SQL["texts"], ids)}
    stems = await stems_of(connection, vocabulary([piece for pieces in texts.values() for piece in pieces], terms))
    hits = []
    for row in rows:
        ends = None if row["side"] == _MIXED else ends_of(row["direction"], row["linkedid"], row["leg"])
        sides = None if end is None or ends is None else {ends.index(end)}
        pieces = texts.get(row["id"], ())
        listed = Listed(
            msgspec.convert(dict(row), Recording),
            row["started_at"],
            row["direction"],
            row["client"],
            row["answered_by"],
            row["dialled"],
        )
        hits.append(Hit(listed, ends, snippet_of(pieces, places(pieces, terms, stems, sides), sides)))
    return hits
