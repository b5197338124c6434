"""What the directory is made of, read from PostgreSQL: whole for the builder, change by change for the follower."""

import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.changelog import Batch
from trunkline.directory.head import read_head
from trunkline.directory.packing import MOST_SPAM_SOURCES
from trunkline.directory.values import ContactBrief, ContactClass, Head, LastTalk, SpamEntry, number_key
from trunkline.numbering.region import RegionKind

_SQL = load_queries("trunkline.directory")
_CLASSES = {str(klass): klass for klass in ContactClass}
_PREFETCH = 5000
_WHOLE_SECONDS = 1800.0
_KEEP_TALKS = timedelta(days=366)
MOST_TALKS = 50_000
"""Numbers whose last talk the directory knows, the newest; older ones are as if they had never talked."""


@dataclass(frozen=True, slots=True)
class State:
    """What one transaction sees: `snapshot` as pg_snapshot text, `origin` names cluster and database."""

    snapshot: str
    origin: str


async def read_state(connection: Connection) -> State:
    """The snapshot of the transaction this runs in (repeatable read)."""
    (row,) = await connection.fetch(_SQL["state"])
    return State(row["snapshot"], row["origin"])


async def is_reachable(connection: Connection, snapshot: str) -> bool:
    """Whether every change after `snapshot` is still recorded."""
    return bool(await connection.fetchval(_SQL["is_reachable"], snapshot))


async def prune(connection: Connection, older_than: timedelta) -> None:
    """Forget old changes; a file that has not seen them will be built anew. Talks go after a year."""
    await connection.execute(_SQL["prune"], older_than)
    await connection.execute(_SQL["prune_talks"], _KEEP_TALKS)


async def referenced_people(connection: Connection) -> list[UUID]:
    """Everybody a contact may name as responsible or deputy."""
    return [row["id"] for row in await connection.fetch(_SQL["referenced_people"])]


async def stream_contacts(connection: Connection) -> AsyncIterator[tuple[int, list[ContactBrief]]]:
    """Every number's key with its contacts, keys rising; a server-side cursor keeps memory flat."""
    key, briefs = -1, list[ContactBrief]()
    async for row in connection.cursor(_SQL["contacts"], prefetch=_PREFETCH, timeout=_WHOLE_SECONDS):
        if row[0] != key and briefs:
            yield key, briefs
            briefs = []
        key = row[0]
        briefs.append(_brief(row))
    if briefs:
        yield key, briefs


async def spam_sources(connection: Connection) -> tuple[str, ...]:
    """Names of the spam lists by their place; place 0 is every list past the ones the file can name."""
    return "", *(row["source"] for row in await connection.fetch(_SQL["spam_sources"], MOST_SPAM_SOURCES))


async def copy_spam(connection: Connection, sources: tuple[str, ...], add: Callable[[bytes, bytes], None]) -> None:
    """Hand every spam number, keys rising, to `add` as native uint64 keys and two bytes of info each."""
    rows = _FixedRows(add)
    await connection.copy_from_query(
        _SQL["spam"], list(sources[1:]), output=rows.feed, format="binary", timeout=_WHOLE_SECONDS
    )


async def stream_ranges(connection: Connection) -> AsyncIterator[tuple[int, int, RegionKind, tuple[str, ...], str]]:
    """Every numbering range, numbers rising: first, last, kind, subjects, operator."""
    async for row in connection.cursor(_SQL["ranges"], prefetch=_PREFETCH, timeout=_WHOLE_SECONDS):
        yield row[0], row[1], RegionKind(row[2]), tuple(row[3]), row[4]


async def registries(connection: Connection) -> dict[str, date]:
    """The day of the numbering registry each first digit was read from."""
    return {row["digit"]: row["dated"] for row in await connection.fetch(_SQL["range_registries"])}


class _FixedRows:
    """PostgreSQL's binary COPY of (bigint, smallint, smallint) without nulls: 26 bytes a row, cut by striding.

    A header of 19 bytes, then per row the column count and before each column its length, all big-endian
    (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"); a trailer of two bytes at the end.
    """

    _HEADER, _ROW = 19, 26
    _KEY, _VOTES, _SOURCE = 6, 19, 25

    def __init__(self, add: Callable[[bytes, bytes], None]) -> None:
        self._add = add
        self._left = b""
        self._skip = self._HEADER

    async def feed(self, data: bytes) -> None:
        data = self._left + data
        start, self._skip = (self._skip, 0) if len(data) >= self._skip else (0, self._skip)
        whole = 0 if self._skip else (len(data) - start) // self._ROW
        end = start + whole * self._ROW
        self._left = data[end:]
        if whole:
            self._add(self._keys(data[start:end], whole), self._info(data[start:end], whole))

    def _keys(self, rows: bytes, count: int) -> bytes:
        keys = bytearray(8 * count)
        for place in range(8):
            target = 7 - place if sys.byteorder == "little" else place
            keys[target::8] = rows[self._KEY + place :: self._ROW]
        return bytes(keys)

    def _info(self, rows: bytes, count: int) -> bytes:
        info = bytearray(2 * count)
        info[0::2] = rows[self._VOTES :: self._ROW]
        info[1::2] = rows[self._SOURCE :: self._ROW]
        return bytes(info)


async def read_changes(connection: Connection, since: str, head: Head, most: int) -> Batch | None:
    """What transactions not visible in `since` and visible now changed, as it is now; None if over `most` keys did.

    Comparing whole snapshots and not a highest id is what keeps a transaction that was slow to commit.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = (await read_state(connection)).snapshot
        rows = await connection.fetch(_SQL["changes"], since, most + 1)
        if len(rows) > most:
            return None
        keys: dict[str, list[str]] = {"contact": [], "spam": [], "talk": [], "head": [], "all": []}
        for row in rows:
            keys[row["kind"]].append(row["key"])
        return Batch(
            snapshot,
            await _contacts_of(connection, keys["contact"]),
            await _spam_of(connection, keys["spam"]),
            await _head_if_changed(connection, head) if keys["head"] else None,
            bool(keys["all"]),
            await _talks_of(connection, keys["talk"]),
        )


async def read_talks(connection: Connection, most: int = MOST_TALKS) -> list[tuple[int, LastTalk]]:
    """The newest last talks by number, at most `most` of them."""
    return [(key, LastTalk(person, at)) for key, person, at in await connection.fetch(_SQL["talks"], most)]


async def _contacts_of(connection: Connection, numbers: list[str]) -> list[tuple[int, tuple[ContactBrief, ...]]]:
    found: dict[int, tuple[ContactBrief, ...]] = {number_key(number): () for number in numbers}
    rows = await connection.fetch(_SQL["contacts_of_numbers"], numbers) if numbers else []
    for key, group in groupby(rows, itemgetter(0)):
        found[key] = tuple(map(_brief, group))
    return list(found.items())


async def _spam_of(connection: Connection, numbers: list[str]) -> list[tuple[int, SpamEntry | None]]:
    found: dict[int, SpamEntry | None] = {number_key(number): None for number in numbers}
    rows = await connection.fetch(_SQL["spam_of_numbers"], numbers) if numbers else []
    for row in rows:
        found[row["key"]] = SpamEntry(row["votes"], row["source"])
    return list(found.items())


async def _talks_of(connection: Connection, numbers: list[str]) -> list[tuple[int, LastTalk | None]]:
    found: dict[int, LastTalk | None] = {number_key(number): None for number in numbers}
    rows = await connection.fetch(_SQL["talks_of_numbers"], numbers) if numbers else []
    for key, person, at in rows:
        found[key] = LastTalk(person, at)
    return list(found.items())


async def _head_if_changed(connection: Connection, known: Head) -> Head | None:
    head = await read_head(connection)
    return None if head == known else head


def _brief(row: asyncpg.Record) -> ContactBrief:
    _, identifier, name, company, klass, responsible, deputy, vip, overdue, city = row
    return ContactBrief(identifier, name, company, _CLASSES[klass], responsible, deputy, vip, overdue, city)
