"""What columns were taken for, remembered by a file's headings and offered for the next file that has the same."""

import hashlib
from collections.abc import Sequence

import msgspec

from trunkline.contacts.columns import FIELDS, Layout
from trunkline.contacts.looking import Look
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

_SQL = load_queries("trunkline.contacts", "maps.sql")


async def recall(connection: Connection, look: Look) -> Look | None:
    """The look with the fields as they were the last time; None for a file nobody has mapped.

    Of a file without headings only the number of columns is known again, which is no reason to be sure.
    """
    row = await connection.fetchrow(_SQL["find_map"], _key(look.headings))
    if row is None or len(row["fields"]) != len(look.columns):
        return None
    fields = tuple(field if field in FIELDS else "" for field in row["fields"])
    return msgspec.structs.replace(look.with_layout(Layout(fields, row["header"])), sure=look.header)


async def remember(connection: Connection, look: Look) -> None:
    """What the columns of such a file are."""
    headings = look.headings
    await connection.execute(
        _SQL["remember_map"], _key(headings), headings, [column.field for column in look.columns], look.header
    )
    await connection.execute(_SQL["forget_maps"])


def _key(headings: Sequence[str]) -> bytes:
    return hashlib.sha256("\0".join(headings).encode()).digest()
