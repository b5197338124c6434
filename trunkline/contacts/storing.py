"""How one parsed chunk becomes rows: contacts with their companies and numbers, or spam numbers; set by set."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import asyncpg

from trunkline.contacts.preview import Preview, SpamPreview
from trunkline.contacts.rows import NOBODY, Problem
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7

SQL: Mapping[str, str] = load_queries("trunkline.contacts", "imports.sql")
STATEMENT_SECONDS = 900.0
_MOST_NEIGHBOURS = 1_000
"""Of a chunk, told beside its problems."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What one chunk, or one whole file, did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)


class Store(Protocol):
    """Stores chunks that lie in the temporary table `incoming`."""

    @property
    def kind(self) -> str: ...

    @property
    def columns(self) -> Sequence[str]: ...

    async def prepare(self, connection: Connection, source: str) -> None: ...

    async def store(self, connection: Connection, source: str, rows: int) -> tuple[Stored, list[Problem]]: ...

    async def remove_vanished(self, connection: Connection, source: str) -> int: ...

    async def conclude(self, connection: Connection) -> None: ...


class ContactStore:
    """Contacts of a source, known by their external id.

    Half the time of a first import would go into checking, row by row, references this import has itself just made or
    locked: companies and people are held by key-share locks, a number's contact is of the same chunk. Where the role
    may (the embedded server's may), these checks are left out; the directory's triggers are `enable always`.
    With `run`, what changes is kept as it was, so that the import can be undone; `preview` gathers what it would do.
    With `replaces`, what the file names is noted, so that `remove_vanished` knows the rest.
    """

    kind = "contacts"
    columns = (
        "line", "id", "external_id", "name", "company", "class", "responsible_id", "deputy_id", "vip", "overdue",
        "email", "note", "city", "phones",
    )  # fmt: skip

    def __init__(self, run: UUID | None = None, preview: Preview | None = None, *, replaces: bool = False) -> None:
        self.run = run
        self.preview = preview
        self.replaces = replaces
        self.trusted = self.known = False
        self.company_ids = uuid7(time.time()).hex[:24]

    async def prepare(self, connection: Connection, source: str) -> None:
        self.trusted = bool(await connection.fetchval(SQL["may_trust"]))
        self.known = bool(await connection.fetchval(SQL["knows_source"], source, timeout=STATEMENT_SECONDS))
        await connection.execute(SQL["pend_more"])

    async def store(self, connection: Connection, source: str, rows: int) -> tuple[Stored, list[Problem]]:  # noqa: ARG002 - the protocol's
        if self.known and self.replaces:
            await _count(connection, "see_contacts")
        existing = await _count(connection, "find_existing", source) if self.known else 0
        await _count(connection, "add_companies", source, self.company_ids)
        if existing:
            await _count(connection, "link_companies", source)
        changed = await _count(connection, "find_changes", NOBODY) if existing else 0
        neighbours: list[Problem] = []
        if self.preview is not None:
            await self.preview.gather(connection)
            neighbours = [_neighbour(row) for row in await _rows(connection, "find_neighbours", _MOST_NEIGHBOURS)]
        if changed:
            await self._change(connection)
        return Stored(await self._add(connection, source), changed, existing - changed), neighbours

    async def remove_vanished(self, connection: Connection, source: str) -> int:
        if not self.known:  # all there is of the source came with this file
            return 0
        if self.preview is not None:
            await self.preview.gather_vanished(connection, source)
        if self.run is not None:
            await _count(connection, "keep_vanished", source, self.run)
        return await _count(connection, "remove_vanished_contacts", source)

    async def conclude(self, connection: Connection) -> None:
        """What contacts change was shown and kept chunk by chunk; their names are looked for at once."""
        await connection.execute(SQL["settle_pending"], timeout=STATEMENT_SECONDS)

    async def _change(self, connection: Connection) -> None:
        if self.run is not None:
            await _count(connection, "keep_changed", self.run)
        await _count(connection, "change_contacts", NOBODY)
        await _count(connection, "drop_changed_phones")
        await _count(connection, "add_changed_phones")

    async def _add(self, connection: Connection, source: str) -> int:
        if self.trusted:
            await connection.execute(SQL["trust"])
        added = await _count(connection, "add_contacts", source, NOBODY)
        await _count(connection, "add_phones")
        if self.trusted:
            await connection.execute(SQL["distrust"])
        return added


class SpamStore:
    """Numbers and prefixes of a spam list; each belongs to the list that named it first. No votes take it off.

    With `run` what changes is kept, so that the import can be undone; `preview` gathers what it would do.
    """

    kind = "spam"
    columns = ("line", "number", "votes", "note")

    def __init__(self, run: UUID | None = None, preview: SpamPreview | None = None) -> None:
        self.run = run
        self.preview = preview
        self._notes = run is not None or preview is not None

    async def prepare(self, connection: Connection, source: str) -> None:
        """Nothing to prepare: a spam number refers to nothing."""

    async def store(self, connection: Connection, source: str, rows: int) -> tuple[Stored, list[Problem]]:
        if await _count(connection, "see_spam") < rows:
            await _count(connection, "drop_repeated_spam")
        own = await _rows(connection, "drop_own_numbers")
        problems = [Problem(row["line"], "phone", "is our own number, a line or a person's") for row in own]
        known = await _rows(connection, "drop_contacts_numbers")
        problems += [Problem(row["line"], "phone", "belongs to a contact") for row in known]
        total = await connection.fetchval("select count(*) from incoming", timeout=STATEMENT_SECONDS)
        if self._notes:
            await _count(connection, "note_spam_before")
        changed = added = 0
        for name in ("take_off_spam", "take_off_prefixes", "change_spam", "change_prefixes"):
            changed += await _count(connection, name, source)
        for name in ("add_spam", "add_prefixes"):
            added += await _count(connection, name, source)
        if self._notes:
            await _count(connection, "note_spam_after")
            await _count(connection, "drop_spam_unchanged")
        return Stored(added, changed, int(total or 0) - changed - added), problems

    async def remove_vanished(self, connection: Connection, source: str) -> int:
        if self._notes:
            await _count(connection, "note_spam_vanished", source)
        removed = await _count(connection, "remove_vanished_spam", source)
        return removed + await _count(connection, "remove_vanished_prefixes", source)

    async def conclude(self, connection: Connection) -> None:
        """Show and keep what changed."""
        if self.preview is not None:
            await self.preview.gather(connection)
        if self.run is not None:
            await _count(connection, "keep_spam_changes", self.run)


def _neighbour(row: asyncpg.Record) -> Problem:
    """Somebody who has the number already; both are kept."""
    words = f"has the number of {row['name']!r} of the source {row['source']}: both are kept; the same person?"
    return Problem(row["line"], "", words, refused=False)


async def _rows(connection: Connection, query: str, *arguments: object) -> list[asyncpg.Record]:
    return await connection.fetch(SQL[query], *arguments, timeout=STATEMENT_SECONDS)


async def _count(connection: Connection, query: str, *arguments: object) -> int:
    """Runs a statement; how many rows it touched, by its command tag (`INSERT 0 5`)."""
    tag: str = await connection.execute(SQL[query], *arguments, timeout=STATEMENT_SECONDS)
    return int(tag.rsplit(" ", 1)[-1])
