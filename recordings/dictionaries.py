"""Rows of dictionaries. Each change counts a version and adds the job that tags anew what the version before tagged."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from recordings.dictionary import Book, Dictionary, open_book
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.jobs.port import Jobs
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("recordings", "dictionaries.sql")
RETAG: Final = "recordings.retag"
"""The job that tags anew, named by the version."""
MOST: Final = 200


async def list_dictionaries(connection: Connection) -> list[Dictionary]:
    """All, the first that decides a category first."""
    return [msgspec.convert(dict(row), Dictionary) for row in await connection.fetch(SQL["list_dictionaries"])]


async def find_dictionary(connection: Connection, identifier: UUID) -> Dictionary | None:
    """One, by its id."""
    row = await connection.fetchrow(SQL["find_dictionary"], identifier)
    return None if row is None else msgspec.convert(dict(row), Dictionary)


async def books_to_tag_by(connection: Connection) -> tuple[int, Sequence[Book]]:
    """The version and its dictionaries, which stay as they are until the end of the transaction."""
    version: int = await connection.fetchval(SQL["share_version"])
    return version, [open_book(one) for one in await list_dictionaries(connection)]


async def save_dictionary(connection: Connection, jobs: Jobs, one: Dictionary, now: float) -> UUID | None:
    """Add it where its id is 0, else change it, in a transaction; None where it is gone. Raises InvalidInput."""
    open_book(one)
    typed = (one.name, one.tag, one.category, one.side, one.said, one.also, one.unsaid)
    await _change(connection, jobs)
    try:
        if one.id.int:
            changed: UUID | None = await connection.fetchval(SQL["change_dictionary"], one.id, *typed)
            return changed
        added: UUID | None = await connection.fetchval(SQL["add_dictionary"], uuid7(now), *typed, MOST)
    except asyncpg.UniqueViolationError:
        raise InvalidInput(Mistake("name", _("is the name of another one"))) from None
    if added is None:
        raise InvalidInput(Mistake("name", _("is one too many: there may be %(most)s") % {"most": MOST}))
    return added


async def remove_dictionary(connection: Connection, jobs: Jobs, identifier: UUID) -> str | None:
    """Take it out, in a transaction; its name, or None where it is gone."""
    await _change(connection, jobs)
    name: str | None = await connection.fetchval(SQL["remove_dictionary"], identifier)
    return name


async def move_up(connection: Connection, jobs: Jobs, identifier: UUID) -> bool:
    """Let it decide before the one before it; False where there is none."""
    await _change(connection, jobs)
    return bool(await connection.fetch(SQL["move_up"], identifier))


async def _change(connection: Connection, jobs: Jobs) -> None:
    """Count the change, and have tagged anew: the job of a version before may be past what it has to do."""
    version = await connection.fetchval(SQL["count_version"])
    await jobs.enqueue(connection, RETAG, b"", once=f"retag:{version}")
