"""The days a report is about, and how they are asked for. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

CHOICES: Final = (1, 7, 30, 90)
USUAL: Final = 7
MOST: Final = 366


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` up to the day before `after`, as `zone` counts days."""

    first: date
    after: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """The moment they begin."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def until(self) -> datetime:
        """The moment they are over."""
        return datetime.combine(self.after, time(), self.zone)

    @property
    def last(self) -> date:
        """The last of them."""
        return self.after - timedelta(days=1)

    def before(self, number: int) -> "Days":
        """So many days before these."""
        return Days(self.first - timedelta(days=number), self.first, self.zone)


def latest(number: int, now: datetime, zone: ZoneInfo) -> Days:
    """The latest `number` days, today among them."""
    after = now.astimezone(zone).date() + timedelta(days=1)
    return Days(after - timedelta(days=number), after, zone)


def asked_days(query: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Days:
    """`?days=` counts back from today, `?since=&until=` are days, both included; raises InvalidInput."""
    mistakes: list[Mistake] = []
    number = query.get("days", "")
    if number and not (number.isascii() and number.isdecimal() and len(number) <= 3 and 1 <= int(number) <= MOST):
        mistakes.append(Mistake("days", _("must be a number of days from 1 to %(most)s") % {"most": MOST}))
    first, last = (_day(query.get(field, ""), field, mistakes) for field in ("since", "until"))
    if number and (first or last):
        mistakes.append(Mistake("days", _("goes without since and until")))
    if mistakes:
        raise InvalidInput(*mistakes)
    if first is None and last is None:
        return latest(int(number or USUAL), now, zone)
    last = last or now.astimezone(zone).date()
    first = first or last
    if not 0 <= (last - first).days < MOST:
        told = _("must be a day from `since` on, at most %(most)s of them") % {"most": MOST}
        raise InvalidInput(Mistake("until", told))
    return Days(first, last + timedelta(days=1), zone)


def _day(text: str, field: str, mistakes: list[Mistake]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        mistakes.append(Mistake(field, _("must be a day: 2026-08-06")))
        return None
    if not 2000 <= day.year < 2200:
        mistakes.append(Mistake(field, _("must be a day of this century")))
    return day
