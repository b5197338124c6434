"""What a company sets of its cards: blocks by class, hints, topics of wrap-ups."""

import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from trunkline.card.blocks import Block
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.values import ContactClass
from trunkline.ids import uuid7

_SQL: Final = load_queries("trunkline.card", "setting.sql")


class StoredHint(msgspec.Struct, frozen=True):
    """A hint; `line` is the name of the line it is about."""

    id: UUID
    kind: str
    key: str
    text: str
    line: str


class LineName(msgspec.Struct, frozen=True):
    """A line to choose."""

    number: str
    name: str
    brand: str


async def fields(connection: Connection) -> Mapping[str, Sequence[str]]:
    """The blocks of the classes that were set, by class."""
    return {row["class"]: row["blocks"] for row in await connection.fetch(_SQL["fields"])}


async def put_fields(connection: Connection, klass: ContactClass, blocks: Sequence[Block]) -> None:
    """Show these blocks, in this order."""
    await connection.execute(_SQL["put_fields"], klass.value, [block.value for block in blocks])


async def drop_fields(connection: Connection, klass: ContactClass) -> None:
    """Show what the class shows by itself."""
    await connection.execute(_SQL["drop_fields"], klass.value)


async def hints(connection: Connection) -> Sequence[StoredHint]:
    """All of them."""
    return [StoredHint(**row) for row in await connection.fetch(_SQL["hints"])]


async def put_hint(connection: Connection, kind: str, key: str, text: str) -> None:
    """Add a hint, or change the one about the same thing."""
    await connection.execute(_SQL["put_hint"], uuid7(time.time()), kind, key, text)


async def drop_hint(connection: Connection, hint: UUID) -> Mapping[str, str] | None:
    """Take a hint out; what it was, None where it is not there."""
    row = await connection.fetchrow(_SQL["drop_hint"], hint)
    return None if row is None else dict(row)


async def topics(connection: Connection) -> Sequence[str]:
    """The topics of wrap-ups, in their order."""
    return [row["name"] for row in await connection.fetch(_SQL["topics"])]


async def put_topics(connection: Connection, names: Sequence[str]) -> None:
    """These topics and no others; wrap-ups keep the names of those that are gone."""
    await connection.execute(_SQL["put_topics"], list(names))


async def lines(connection: Connection) -> Sequence[LineName]:
    """Lines a hint may be about."""
    return [LineName(**row) for row in await connection.fetch(_SQL["lines"])]
