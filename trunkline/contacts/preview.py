"""What an import would do: some of its changes side by side, and a fingerprint of all of them."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

_SQL = load_queries("trunkline.contacts", "preview.sql")
_SECONDS = 900.0
_CHANGES_SHOWN = 30
_OTHERS_SHOWN = 10


class Changed(msgspec.Struct, frozen=True):
    """A known contact: what differs before and after, by field. `came_back`: it had been taken out."""

    line: int
    id: UUID
    name: str
    came_back: bool
    before: dict[str, Any]
    after: dict[str, Any]


class Added(msgspec.Struct, frozen=True):
    """A contact that is not known yet."""

    line: int
    name: str
    phones: list[str]
    company: str | None
    klass: str


class Vanished(msgspec.Struct, frozen=True):
    """A contact that the source no longer names and would be taken out."""

    id: UUID
    name: str
    phones: list[str]


class Preview(msgspec.Struct):
    """The first of the changes, added and vanished, and the fingerprint of them all; gathered chunk by chunk."""

    changed: list[Changed] = []
    added: list[Added] = []
    vanished: list[Vanished] = []
    fingerprint: int = 0

    async def gather(self, connection: Connection) -> None:
        """What the chunk in `incoming` would do; to be asked before it is done."""
        self.fingerprint ^= await connection.fetchval(_SQL["print_changes"], timeout=_SECONDS)
        if room := _CHANGES_SHOWN - len(self.changed):
            self.changed += [_changed(row) for row in await connection.fetch(_SQL["changed"], room, timeout=_SECONDS)]
        if room := _OTHERS_SHOWN - len(self.added):
            rows = await connection.fetch(_SQL["added"], room, timeout=_SECONDS)
            self.added += [Added(row["line"], row["name"], row["phones"], row["company"], row["class"]) for row in rows]

    async def gather_vanished(self, connection: Connection, source: str) -> None:
        """What would be taken out."""
        self.fingerprint ^= await connection.fetchval(_SQL["print_vanished"], source, timeout=_SECONDS)
        rows = await connection.fetch(_SQL["vanished"], source, _OTHERS_SHOWN, timeout=_SECONDS)
        self.vanished += [Vanished(**dict(row)) for row in rows]


class SpamChange(msgspec.Struct, frozen=True):
    """An entry of a spam list before and after; without votes it is not there. No `line`: the file does not name it."""

    entry: str
    line: int | None
    was_votes: int | None
    was_note: str | None
    votes: int | None
    note: str | None


class SpamPreview(msgspec.Struct):
    """The same of a file of spam numbers, gathered once all of it is stored."""

    changed: list[SpamChange] = []
    added: list[SpamChange] = []
    taken_off: list[SpamChange] = []
    changed_count: int = 0
    """Without those taken off by no votes, which the report counts among the changed."""
    taken_off_count: int = 0
    """By no votes, and by not being named."""
    fingerprint: int = 0

    async def gather(self, connection: Connection) -> None:
        """What the file has done, in a transaction that may not be committed."""
        row = await connection.fetchrow(_SQL["print_spam"], timeout=_SECONDS)
        assert row is not None
        self.fingerprint, self.changed_count, self.taken_off_count = row
        for shown, most in (("changed", _CHANGES_SHOWN), ("added", _OTHERS_SHOWN), ("taken_off", _OTHERS_SHOWN)):
            rows = await connection.fetch(_SQL[f"spam_{shown}"], most, timeout=_SECONDS)
            setattr(self, shown, [SpamChange(**dict(row)) for row in rows])


def _changed(row: asyncpg.Record) -> Changed:
    before, after = row["before"], row["after"]
    differing = [name for name in before if before[name] != after[name]]
    return Changed(
        row["line"],
        row["id"],
        after["name"],
        row["came_back"],
        {name: before[name] for name in differing},
        {name: after[name] for name in differing},
    )
