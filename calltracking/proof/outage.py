"""Times in which calls or visits may be missing, and where they stand on a chart. No I/O here."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from calltracking.results.chart import Chart
from trunkline.reports.days import Days

_HOUR: Final = timedelta(hours=1)
UNLIKELY: Final = 12.0
"""So many visits must be missing for a silence: chance alone makes one of six in a million such stretches."""
HISTORY: Final = timedelta(days=28)
"""From so long before the days asked about on the usual traffic is read."""


class OutageKind(StrEnum):
    """What failed."""

    LINK = "link"
    """Nothing was heard of a PBX."""
    SERVER = "server"
    """Websites got no numbers of us."""
    SILENCE = "silence"
    """No visit of the site came, though many should have."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What failed, from when until when; `of` the PBX, `filled` where its own journal was read afterwards."""

    kind: OutageKind
    since: datetime
    until: datetime
    of: str = ""
    filled: bool = False

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True)
class Band:
    """An outage on a chart: where it begins from the left, and how wide it is."""

    outage: Outage
    left: float
    width: float


def silences(visits: Mapping[datetime, int], until: datetime, days: Days) -> list[Outage]:
    """Stretches of whole hours (UTC, up to `until`) without a visit where so many were usual that it is no chance.

    `visits` by the hour, from HISTORY before the days on; hours without one are left out.
    """
    if not visits:
        return []
    first, last = min(visits), _hour_of(min(until, days.until.astimezone(UTC)))
    hours = [first + place * _HOUR for place in range(max(0, (last - first) // _HOUR))]
    usual = _usual(hours, visits, days)
    found: list[Outage] = []
    run: list[datetime] = []
    for hour in [*hours, None]:
        if hour is not None and not visits.get(hour):
            run.append(hour)
            continue
        if run and math.fsum(usual[_place(one, days)] for one in run) >= UNLIKELY and run[-1] >= days.since:
            found.append(Outage(OutageKind.SILENCE, run[0], run[-1] + _HOUR))
        run = []
    return found


def bands(chart: Chart | None, days: Days, outages: Iterable[Outage]) -> list[Band]:
    """Where outages stand on the chart; one is never too thin to be seen."""
    if chart is None:
        return []
    found = []
    for one in outages:
        left, right = _at(chart, days, one.since), _at(chart, days, one.until)
        width = max(right - left, chart.width / 400)
        found.append(Band(one, round(min(left, chart.width - width), 2), round(width, 2)))
    return found


def _usual(hours: Sequence[datetime], visits: Mapping[datetime, int], days: Days) -> Mapping[tuple[bool, int], float]:
    """Visits in an hour of the day, on work days and at week-ends, the mean of all such hours."""
    seen: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for hour in hours:
        seen[_place(hour, days)].append(visits.get(hour, 0))
    return {place: math.fsum(some) / len(some) for place, some in seen.items()}


def _place(hour: datetime, days: Days) -> tuple[bool, int]:
    local = hour.astimezone(days.zone)
    return local.weekday() >= 5, local.hour


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _at(chart: Chart, days: Days, moment: datetime) -> float:
    local = moment.astimezone(days.zone)
    if local < days.since:
        return 0.0
    step = chart.width / len(chart.columns)
    for column in chart.columns:
        if local.date() <= column.last:
            begins = Days(column.first, column.last + timedelta(days=1), days.zone)
            return column.left + step * ((local - begins.since) / (begins.until - begins.since))
    return chart.width
