"""The days that are read of a source, and what was told of them as costs. No I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from calltracking.channels.address import clean
from calltracking.channels.source import LONGEST_TEXT, Channel
from calltracking.costs.cost import Cost, lawful_vat, with_and_without_vat
from calltracking.feeds.feed import Feed

AGAIN: Final = 14
"""Days that are read again every night: both systems correct what they told (Direct takes fraudulent clicks back)."""
_MOST_RUBLES: Final = Decimal(10_000_000_000)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a system tells of a day: the campaign and keyword as costs have them, kopecks."""

    day: date
    campaign: str
    keyword: str
    kopecks: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days: `first` to `end` are asked for now, of all up to `last`; nothing is where `last` is before `first`."""

    first: date
    end: date
    last: date

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask for."""
        return self.last < self.first


def days_to_read(feed: Feed, today: date) -> Stretch:
    """What is left of a reading, else the last days again, at first all of them; up to yesterday, which is whole."""
    if feed.next_day is not None and feed.last_day is not None:
        first, last = feed.next_day, feed.last_day
    else:
        first, last = max(feed.since, today - timedelta(days=feed.system.most_days)), today - timedelta(days=1)
        if feed.read_until is not None:  # after weeks of trouble nothing is left out
            first = max(first, min(today - timedelta(days=AGAIN), feed.read_until + timedelta(days=1)))
    end = min(last, first + timedelta(days=feed.system.pieces[feed.level] - 1))
    return Stretch(first, end, last)


def kopecks_of(rubles: str) -> int:
    """Raises ValueError."""
    try:
        amount = Decimal(rubles)
    except InvalidOperation:
        raise ValueError("no amount where one must be") from None
    if not amount.is_finite() or abs(amount) > _MOST_RUBLES:
        raise ValueError("an amount beyond ten billion")
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def costs_of(feed: Feed, told: Iterable[Spent]) -> list[Cost]:
    """As costs, those of the same day and words added up, the empty left out."""
    sums: dict[tuple[date, str, str], int] = {}
    for one in told:
        place = (one.day, clean(one.campaign, LONGEST_TEXT), clean(one.keyword, LONGEST_TEXT))
        sums[place] = sums.get(place, 0) + one.kopecks
    channel = Channel(feed.channel)
    costs = []
    for (day, campaign, keyword), kopecks in sums.items():
        if kopecks:
            gross, net = (kopecks, None) if feed.with_vat else (None, kopecks)
            gross, net = with_and_without_vat(gross, net, rate_of(feed, day))
            costs.append(Cost(day, feed.source, channel, campaign, "", gross, net, keyword))
    return costs


def rate_of(feed: Feed, day: date) -> Decimal:
    """Percent of VAT on a day."""
    return feed.vat if feed.vat is not None else lawful_vat(day)
