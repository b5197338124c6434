"""Numbers given to a visitor while another's might still be called, and the calls that came to such numbers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from calltracking.planner.measuring import SQL
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days
from trunkline.web.i18n import gettext as _

MOST_DAYS: Final = 92
MOST_CALLS: Final = 200
"""Calls that are listed, the latest; all are counted."""
_LONGEST_LEASE: Final = timedelta(days=9)
_SLACK: Final = timedelta(seconds=60)
_SURE, _LIKELY = 0.9, 0.5


class ReuseRow(msgspec.Struct, frozen=True):
    """A day of a site: leases of numbers that still rested and of shared ones, the calls to either meanwhile."""

    day: date
    site: str
    cooling: int
    shared: int
    calls: int = 0
    sure: int = 0
    likely: int = 0
    unsure: int = 0
    unexplained: int = 0


class RiskyCall(msgspec.Struct, frozen=True):
    """A call to a number while it was leased with a risk; `told_site` is whose visitor it is said to be."""

    id: UUID
    started_at: datetime
    client: str
    dialled: str
    outcome: str
    kind: str
    site: str
    confidence: float | None
    told_site: str
    channel: str


class Reuse(msgspec.Struct, frozen=True):
    """Days and sites, the latest first, their sum, and the latest calls."""

    rows: tuple[ReuseRow, ...]
    sum: ReuseRow
    calls: tuple[RiskyCall, ...]


@dataclass(frozen=True, slots=True)
class Leases:
    """Risky leases of a day and a site by kind."""

    day: date
    site: str
    kind: str
    leases: int


async def read_reuse(connection: Connection, pool: UUID, days: Days, reach: Reach) -> Reuse:
    """Of these days; raises InvalidInput for more than `MOST_DAYS`."""
    if (days.after - days.first).days > MOST_DAYS:
        told = _("must be at most %(most)s days") % {"most": MOST_DAYS}
        raise InvalidInput(Mistake("days", told))
    window = lowest_id(days.since), lowest_id(days.until)
    leases = [
        Leases(**dict(row))
        for row in await connection.fetch(SQL["risky_leases"], pool, days.first, days.after, days.zone.key, *window)
    ]
    calls = await connection.fetch(
        SQL["risky_calls"],
        *(pool, days.since, days.until, lowest_id(days.since - _SLACK), lowest_id(days.until)),
        *(reach.person, reach.departments, reach.lines, lowest_id(days.since - _LONGEST_LEASE)),
    )
    return reuse_of(leases, [RiskyCall(**dict(row)) for row in calls], days.zone)


def reuse_of(leases: Sequence[Leases], calls: Sequence[RiskyCall], zone: ZoneInfo) -> Reuse:
    """The counts put together. A call counts on its own day, for the site the number was leased on last."""
    counts: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in leases:
        counts[one.day, one.site][one.kind] += one.leases
    for call in calls:
        row = counts[call.started_at.astimezone(zone).date(), call.site]
        row["calls"] += 1
        row[_band(call.confidence)] += 1
    rows = [ReuseRow(day, site, **{"cooling": 0, "shared": 0} | row) for (day, site), row in counts.items()]
    rows.sort(key=lambda row: (-row.day.toordinal(), row.site))
    names = ("cooling", "shared", "calls", "sure", "likely", "unsure", "unexplained")
    total = ReuseRow(date.min, "", **{name: sum(getattr(row, name) for row in rows) for name in names})
    return Reuse(tuple(rows), total, tuple(calls[:MOST_CALLS]))


def _band(confidence: float | None) -> str:
    if confidence is None:
        return "unexplained"
    return "sure" if confidence >= _SURE else "likely" if confidence >= _LIKELY else "unsure"
