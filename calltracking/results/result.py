"""What one channel, source or page brought in some days. No I/O here.

Calls, leads and deals are whole numbers of millionths, as the attribution models share them; money is whole kopecks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Final

from calltracking.models.model import WHOLE

MOST_ROWS: Final = 500
"""How many rows are told, those with most calls; the sum is of all."""


class By(StrEnum):
    """What the rows are; the value is what an address holds."""

    CHANNEL = "channel"
    SOURCE = "source"
    CAMPAIGN = "campaign"
    KEYWORD = "keyword"
    LANDING = "landing"
    SITE = "site"
    CITY = "city"
    REGION = "region"
    DEVICE = "device"
    HOUR = "hour"
    LINE = "line"


HAS_COSTS: Final = frozenset({By.CHANNEL, By.SOURCE, By.CAMPAIGN, By.KEYWORD, By.CITY})
"""By what costs are known; of the others only their sum is told."""
HAS_VISITS: Final = frozenset(By) - {By.LINE}
MEASURES: Final = ("calls", "answered", "missed", "uniques", "target", "unique_target", "leads", "deals", "revenue")
"""The columns of the roll-up."""


@dataclass(frozen=True, slots=True)
class Result:
    """One row. `cost` is None where it is not known by such rows, or not to be seen."""

    key: str
    visits: int = 0
    visitors: int = 0
    calls: int = 0
    answered: int = 0
    missed: int = 0
    uniques: int = 0
    target: int = 0
    unique_target: int = 0
    leads: int = 0
    deals: int = 0
    revenue: int = 0
    cost: int | None = None

    def plus(self, other: "Result") -> "Result":
        """Both together, under the key of this one."""
        summed = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        costs = [one.cost for one in (self, other) if one.cost is not None]
        return replace(self, **summed, cost=sum(costs) if costs else None)

    @property
    def rate(self) -> float | None:
        """Calls to a visit; None for what has no visits."""
        return self.calls / WHOLE / self.visits if self.visits else None

    @property
    def missed_share(self) -> float | None:
        """Missed of the calls that should have been answered; None where there were none."""
        total = self.answered + self.missed
        return self.missed / total if total else None

    @property
    def romi(self) -> float | None:
        """What a ruble of costs brought beyond itself; None where nothing was spent."""
        return (self.revenue - self.cost) / self.cost if self.cost and self.cost > 0 else None

    @property
    def lead_cost(self) -> float | None:
        """Rubles a lead; None where there were none or nothing was spent."""
        return _each(self.cost, self.leads)

    @property
    def call_cost(self) -> float | None:
        """Rubles a call; None where there were none or nothing was spent."""
        return _each(self.cost, self.calls)


_SUMMED: Final = tuple(one.name for one in fields(Result) if one.name not in {"key", "cost"})


@dataclass(frozen=True, slots=True)
class Results:
    """The rows, most calls first, their sum, what each day came to, and how many calls nothing explains."""

    rows: tuple[Result, ...]
    total: Result
    unexplained: int
    days: Mapping[date, Result] = field(default_factory=dict)

    @property
    def unexplained_share(self) -> float | None:
        """Of all calls to tracked numbers; None where there were none."""
        total = self.total.calls / WHOLE + self.unexplained
        return self.unexplained / total if total else None

    def row(self, key: str) -> Result:
        """The row of this key; an empty one where it brought nothing."""
        return next((one for one in self.rows if one.key == key), Result(key))


def added(parts: Iterable[Result]) -> dict[str, Result]:
    """The sums of rows by key."""
    found: dict[str, Result] = {}
    for one in parts:
        found[one.key] = found[one.key].plus(one) if one.key in found else one
    return found


def ordered(rows: Iterable[Result]) -> tuple[Result, ...]:
    """Those with most calls first, then with most visits, then the dearest."""
    return tuple(sorted(rows, key=lambda one: (-one.calls, -one.visits, -(one.cost or 0), one.key)))


def of_measures(key: str, measures: Iterable[int]) -> Result:
    """A row of the roll-up, or of what is counted as it is: MEASURES in their order."""
    return Result(key, **dict(zip(MEASURES, measures, strict=True)))


def _each(cost: int | None, number: int) -> float | None:
    return cost * WHOLE / 100 / number if cost and cost > 0 and number else None
