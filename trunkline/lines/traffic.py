"""What calls tell of lines: when each was called last, and which called numbers nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trunkline.calls.phone import NamedKind, Number, parse
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.lines.silence import LOOK_BACK, Traffic

_SQL = load_queries("trunkline.lines", "traffic.sql")
UNKNOWN_DAYS = 30
_MOST = 200


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """A called number that is neither a line nor an alias: as it was sent, in lower case; by which PBXs, how often."""

    dialled: str
    pbxs: Sequence[str]
    calls: int
    last: datetime

    @property
    def number(self) -> Number | None:
        """The number it spells, which a line can have; None for a login or a short number."""
        known = parse(self.dialled)
        return None if isinstance(known, NamedKind) else known


async def traffic_of(connection: Connection, lines: Sequence[UUID], now: datetime) -> Mapping[UUID, Traffic]:
    """The traffic of each line."""
    rows = await connection.fetch(_SQL["traffic_of"], list(lines), lowest_id(now - LOOK_BACK))
    return {row["id"]: Traffic(row["last"], row["calls"]) for row in rows}


async def unknown_numbers(connection: Connection, now: datetime) -> list[UnknownNumber]:
    """Those of the last 30 days, the most called first."""
    rows = await connection.fetch(_SQL["unknown_numbers"], lowest_id(now - timedelta(days=UNKNOWN_DAYS)), _MOST)
    return [UnknownNumber(**dict(row)) for row in rows]
