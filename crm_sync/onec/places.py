"""How far each part of a base is read, as rows. A place is moved in the transaction of the rows it covers, and only
from where it was: of two readers, or one that was killed, nothing is left out.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from crm_sync.connector import Connector
from crm_sync.onec.saving import SQL
from trunkline.db.types import Connection
from trunkline.errors import TrunklineError
from trunkline.web.i18n import mark

HISTORY: Final = "history"
NAMES: Final[Mapping[str, str]] = {
    "companies": mark("counterparties"),
    "orders": mark("orders"),
    "states": mark("paid and shipped of orders"),
    "payments": mark("payments"),
    "debts": mark("debts"),
    "history": mark("history"),
}
"""Of each part, for people."""
EVERY: Final = {
    "companies": timedelta(hours=6),
    "orders": timedelta(days=7),
    "states": timedelta(minutes=15),
    "payments": timedelta(days=7),
    "debts": timedelta(minutes=15),
    HISTORY: timedelta(days=1),
}
"""How often all of a part is read."""


class Moved(TrunklineError):
    """Another reader was here meanwhile; nothing was written."""


class Place(msgspec.Struct, frozen=True):
    """One row of crm_onec_places."""

    part: str
    place: str
    begun_at: datetime | None
    whole_at: datetime | None
    read_at: datetime | None
    read: int
    unread: int
    trouble: str

    def is_due(self, now: datetime) -> bool:
        """Whether all of it is to be read, or that goes on."""
        return self.begun_at is not None or self.whole_at is None or now - self.whole_at >= EVERY[self.part]


async def place_of(connection: Connection, known: Connector, part: str) -> Place:
    """Made where there is none."""
    await connection.execute(SQL["begin_place"], known.id, part)
    row = await connection.fetchrow(SQL["place"], known.id, part)
    assert row is not None
    return Place(**dict(row))


async def move(
    connection: Connection, known: Connector, place: Place, onward: str | None, read: int, unread: int, now: datetime
) -> None:
    """On to `onward`; None: all is read. In the transaction of the rows; raises Moved."""
    moved = await connection.fetchval(
        SQL["move"], known.id, place.part, place.place, place.begun_at, onward, read, unread, now,
        place.whole_at,
    )  # fmt: skip
    if moved is None:
        raise Moved(f"the reading of {place.part} was moved by another process")
