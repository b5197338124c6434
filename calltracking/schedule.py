"""When a view is sent, and the finished days it then tells of. No I/O here."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from trunkline.reports.days import Days


class Every(StrEnum):
    """How often; the value is what the database holds."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Schedule:
    """At the beginning of `hour` by the company's clock; `day` is 1 to 7 from Monday, or the day of the month, where a
    month is shorter its last; 0 for every day.
    """

    every: Every
    day: int
    hour: int

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The last moment that is not after `now`."""
        return next(one for one in self._moments(now, zone, -1) if one <= now)

    def following(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first after `moment`."""
        return next(one for one in self._moments(moment, zone, 1) if one > moment)

    def finished(self, due: datetime, zone: ZoneInfo) -> Days:
        """The day, the week from Monday to Sunday or the calendar month that was over last."""
        today = due.astimezone(zone).date()
        match self.every:
            case Every.DAY:
                return Days(today - timedelta(days=1), today, zone)
            case Every.WEEK:
                monday = _monday(today)
                return Days(monday - timedelta(days=7), monday, zone)
            case Every.MONTH:
                first = today.replace(day=1)
                return Days((first - timedelta(days=1)).replace(day=1), first, zone)

    def _moments(self, near: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
        """From this day, week or month on, backwards or forwards.

        An hour that the clocks leave out is the next; one that they repeat is its first.
        """
        today, number = near.astimezone(zone).date(), 0
        while True:
            yield datetime.combine(self._day(today, number), time(self.hour), zone).astimezone(UTC)
            number += step

    def _day(self, today: date, number: int) -> date:
        match self.every:
            case Every.DAY:
                return today + timedelta(days=number)
            case Every.WEEK:
                return _monday(today) + timedelta(days=7 * number + self.day - 1)
            case Every.MONTH:
                year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
                return date(year, month + 1, min(self.day, monthrange(year, month + 1)[1]))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
