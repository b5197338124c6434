"""What was measured of a pool, and what follows for its size. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import ceil
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from calltracking.planner.forecast import Measured, Stay
from calltracking.planner.what_if import Sizer, WhatIf

GOAL: Final = 0.99
MOST: Final = 1000
"""Numbers that may be asked about."""
SPAN: Final = timedelta(days=28)
QUARTER: Final = timedelta(minutes=15)
ENOUGH: Final = timedelta(days=7)
"""Weekdays differ from days off, and a count that is chance is told from a burst only beside others of its time."""
ENOUGH_ASKED: Final = 100
_AN_HOUR: Final = 4
_SHARES: Final = (0.5, 0.75, 1, 1.25, 1.5, 2)
_LEAST_OF_SLIDER: Final = 10


@dataclass(frozen=True, slots=True)
class Quarter:
    """Who asked in the 15 minutes from `at` on, by what became of it; for how long their leases were on a screen."""

    at: datetime
    exclusive: int
    cooling: int
    shared: int
    missed: int
    dwell_seconds: int

    @property
    def asked(self) -> int:
        """All of them."""
        return self.exclusive + self.cooling + self.shared + self.missed


@dataclass(frozen=True, slots=True)
class Fees:
    """What a number of the pool costs a month on average, told of `known` of them."""

    fee: Decimal | None
    known: int


@dataclass(frozen=True, slots=True)
class Known:
    """A pool as it is: its numbers of today and the longest hold of its sites."""

    id: UUID
    name: str
    numbers: int
    hold_minutes: int
    fees: Fees


class Plan(msgspec.Struct, frozen=True):
    """Asks from `since` up to `until` by what became of them, visitors an hour, and what each size would change.

    `enough` says whether it was measured for a week and a hundred visitors; without it `sizes` is empty. `hours` are
    the mean visitors of each hour of the company's day. `for_goal`: the fewest numbers for 99 % of the visitors.
    """

    pool: UUID
    name: str
    numbers: int
    chosen: int
    hold_minutes: int
    since: datetime | None
    until: datetime
    asked: int
    exclusive: int
    cooling: int
    shared: int
    missed: int
    dwell_seconds: float
    per_hour: float
    per_hour_peak: float
    hours: tuple[float, ...]
    enough: bool
    fee: Decimal | None
    fees_known: int
    for_goal: int | None
    most: int
    sizes: tuple[WhatIf, ...]

    def size(self, numbers: int) -> WhatIf | None:
        """The line of a size; None where it has none."""
        return next((one for one in self.sizes if one.numbers == numbers), None)

    def share(self, asked: int) -> float | None:
        """Of all who asked."""
        return asked / self.asked if self.asked else None


def plan_of(
    known: Known,
    quarters: Sequence[Quarter],
    since: datetime | None,
    until: datetime,
    zone: ZoneInfo,
    chosen: int | None = None,
) -> Plan:
    """The plan from the quarters that have a row, measured from `since` (None: never) up to `until`."""
    counts = _counts(quarters, since, until)
    asked, hourly = sum(counts), _hourly(counts) or [0.0]
    leases = sum(one.exclusive + one.cooling + one.shared for one in quarters)
    dwell = sum(one.dwell_seconds for one in quarters) / leases if leases else 0.0
    enough = since is not None and until - since >= ENOUGH and asked >= ENOUGH_ASKED and leases > 0
    chosen, goal, sizes = known.numbers if chosen is None else chosen, None, list[WhatIf]()
    if enough:
        sizer = _sizer(tuple(counts), Stay(dwell / 60, known.hold_minutes))
        goal = sizer.fewest(GOAL, known.numbers)
        sizes = [sizer.size(size, known.fees.fee) for size in _sizes(known.numbers, chosen, goal)]
    return Plan(
        pool=known.id,
        name=known.name,
        numbers=known.numbers,
        chosen=chosen,
        hold_minutes=known.hold_minutes,
        since=since,
        until=until,
        asked=int(asked),
        **{name: sum(getattr(one, name) for one in quarters) for name in ("exclusive", "cooling", "shared", "missed")},
        dwell_seconds=dwell,
        per_hour=sum(hourly) / len(hourly),
        per_hour_peak=max(hourly),
        hours=_hours(quarters, since, until, zone),
        enough=enough,
        fee=known.fees.fee,
        fees_known=known.fees.known,
        for_goal=goal,
        most=max(known.numbers, min(MOST, max(2 * known.numbers, ceil(1.25 * (goal or 0)), chosen, _LEAST_OF_SLIDER))),
        sizes=tuple(sizes),
    )


def floor(moment: datetime) -> datetime:
    """The beginning of its quarter of an hour."""
    return moment - timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)


def _counts(quarters: Sequence[Quarter], since: datetime | None, until: datetime) -> list[float]:
    counts = [0.0] * (max(0, (until - since) // QUARTER) if since else 0)
    for one in quarters:
        if since and since <= one.at < until:
            counts[(one.at - since) // QUARTER] += one.asked
    return counts


def _hourly(counts: Sequence[float]) -> list[float]:
    """Sums of four quarters; what is left of the last hour is none."""
    return [sum(counts[place : place + _AN_HOUR]) for place in range(0, len(counts) - _AN_HOUR + 1, _AN_HOUR)]


def _hours(quarters: Sequence[Quarter], since: datetime | None, until: datetime, zone: ZoneInfo) -> tuple[float, ...]:
    if since is None or until <= since:
        return ()
    sums, spans = [0.0] * 24, [0] * 24
    for place in range((until - since) // QUARTER):
        spans[(since + place * QUARTER).astimezone(zone).hour] += 1
    for one in quarters:
        sums[one.at.astimezone(zone).hour] += one.asked
    return tuple(_AN_HOUR * total / span if span else 0.0 for total, span in zip(sums, spans, strict=True))


@lru_cache(maxsize=32)
def _sizer(counts: tuple[float, ...], stay: Stay) -> Sizer:
    """For every size that may be asked about; a slider asks for many of one quarter of an hour."""
    return Sizer.of(MOST, Measured(counts, 15), stay)


def _sizes(numbers: int, chosen: int, goal: int | None) -> list[int]:
    wanted = {ceil(share * numbers) for share in _SHARES} | {chosen, goal or chosen}
    return sorted(size for size in wanted if 0 < size <= MOST or size == numbers)
