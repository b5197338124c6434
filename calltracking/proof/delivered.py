"""What our delivery log says of calls told to Yandex Metrica, line by line, day by day, and why some were not; and what
Metrica itself counts of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

_SQL: Final = load_queries("calltracking.proof", "delivered.sql")
_LOOKS_BACK: Final = timedelta(days=8)


class Told(msgspec.Struct, frozen=True):
    """Calls of one day to one line, and what became of them on their way to one destination."""

    destination: str
    kind: str
    number: str
    day: date
    state: str
    why: str
    calls: int


class Counted(msgspec.Struct, frozen=True):
    """Calls to one line that Metrica itself counts in the days, by the day of the visit."""

    destination: str
    number: str
    calls: int


class Joined(msgspec.Struct, frozen=True):
    """How many rows of whole uploads Metrica says it joined to visits of its own."""

    destination: str
    joined: int
    rows: int
    uploads: int


@dataclass(slots=True)
class Row:
    """Calls delivered, those waiting or on their way, those left out; and what Metrica counts, where it was asked."""

    delivered: int = 0
    waiting: int = 0
    left_out: int = 0
    counted: int | None = None

    def add(self, one: Told) -> None:
        """Count such calls."""
        if one.state == "sent":
            self.delivered += one.calls
        elif one.state == "unfit":
            self.left_out += one.calls
        else:
            self.waiting += one.calls


@dataclass(frozen=True, slots=True)
class Delivered:
    """By destination and line, by destination and day, and why calls were left out; `destinations` with use or not."""

    lines: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    days: Mapping[tuple[str, date], Row] = field(default_factory=dict)
    whys: Mapping[str, int] = field(default_factory=dict)
    joined: tuple[Joined, ...] = ()
    destinations: Mapping[str, bool] = field(default_factory=dict)

    def of_line(self, number: str) -> int | None:
        """Calls to the line that Metrica counts, the destination with most; None where it was told or asked nothing."""
        found = [row.counted for (_, line), row in self.lines.items() if line == number and row.counted is not None]
        return max(found) if found else None


def delivered_of(
    told: Iterable[Told],
    joined: Iterable[Joined] = (),
    destinations: Mapping[str, bool] | None = None,
    counted: Iterable[Counted] = (),
) -> Delivered:
    """The sums."""
    lines: dict[tuple[str, str], Row] = defaultdict(Row)
    days: dict[tuple[str, date], Row] = defaultdict(Row)
    whys: dict[str, int] = defaultdict(int)
    for one in told:
        lines[one.destination, one.number].add(one)
        days[one.destination, one.day].add(one)
        if one.state == "unfit":
            whys[one.why] += one.calls
    counts = {(one.destination, one.number): one.calls for one in counted}
    asked = {destination for destination, _ in counts}
    for (destination, number), row in lines.items():
        if destination in asked:
            row.counted = counts.get((destination, number), 0)
    ordered = sorted(whys.items(), key=lambda item: (-item[1], item[0]))
    return Delivered(
        dict(sorted(lines.items())), dict(sorted(days.items())), dict(ordered), tuple(joined), destinations or {}
    )


async def read_delivered(connection: Connection, site: UUID, days: Days, reach: Reach) -> Delivered:
    """What was told to Metrica of the site's calls of these days, within the reader's reach."""
    low, high, visits = lowest_id(days.since), lowest_id(days.until), lowest_id(days.since - _LOOKS_BACK)
    scope = reach.person, reach.departments, reach.lines
    rows = await connection.fetch(
        _SQL["delivered"], site, days.since, days.until, low, high, visits, days.zone.key, *scope
    )
    joined, counted = [], []
    if reach.departments is None and reach.lines is None:
        joined = [Joined(**row) for row in await connection.fetch(_SQL["joined"], site, low, high, visits)]
        counted = [Counted(**row) for row in await connection.fetch(_SQL["counted"], site, days.first, days.last)]
    places = {row["name"]: row["active"] for row in await connection.fetch(_SQL["destinations"], site)}
    return delivered_of([Told(**row) for row in rows], joined, places, counted)
