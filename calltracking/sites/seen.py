"""What visitors' browsers tell of a site's pages: other scripts at its numbers, and pages that have none of them."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id

_SQL: Final = load_queries("calltracking.sites", "rows.sql")
_FEWEST: Final = 20
"""Of fewer visits nothing is said."""
_SHARE: Final = 0.5
"""A site may well have pages without a phone; hardly so many."""


class Clash(msgspec.Struct, frozen=True):
    """Another script at a site's numbers: `fight` or `foreign`, seen on so many days, and when last."""

    kind: str
    days: int
    last_at: datetime


class Absence(msgspec.Struct, frozen=True):
    """On how many of the latest visits none of the site's numbers was found."""

    visits: int
    absent: int

    @property
    def is_telling(self) -> bool:
        """Whether something is wrong: numbers that are not on the pages, or a tracker that swaps first."""
        return self.visits >= _FEWEST and self.absent >= _SHARE * self.visits


async def list_clashes(connection: Connection, site: UUID, since: date) -> list[Clash]:
    """What other scripts were seen to do to the numbers of a site since a day."""
    return [Clash(**dict(row)) for row in await connection.fetch(_SQL["clashes"], site, since)]


async def read_absence(connection: Connection, site: UUID, since: datetime) -> Absence:
    """Of the last thousand visits since a moment."""
    row = await connection.fetchrow(_SQL["numbers_absent"], site, lowest_id(since))
    return Absence(**dict(row or {"visits": 0, "absent": 0}))
