"""What one channel, source or page brought in some days, and how the rows are asked for. No I/O here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

TARGET_SECONDS: Final = 30
"""A talk of at least this long counts as a target call, as the operators of Russia count them."""


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
    LINE = "line"


SURE: Final[Mapping[str, float]] = {"": 0.0, "likely": 0.5, "sure": 0.9}
"""How sure an attribution has to be for its call to count, by what an address holds."""


@dataclass(frozen=True, slots=True)
class Result:
    """One row. `callers` are different numbers, `target` calls whose talk was TARGET_SECONDS or longer."""

    key: str
    visits: int = 0
    visitors: int = 0
    calls: int = 0
    callers: int = 0
    answered: int = 0
    missed: int = 0
    target: int = 0

    @property
    def rate(self) -> float | None:
        """Calls to a visit; None for what has no visits."""
        return self.calls / self.visits if self.visits else None

    @property
    def missed_share(self) -> float | None:
        """Missed of the calls that should have been answered; None where there were none."""
        total = self.answered + self.missed
        return self.missed / total if total else None


@dataclass(frozen=True, slots=True)
class Results:
    """The rows, most calls first, their sum, and how many calls to tracked numbers nothing explains."""

    rows: tuple[Result, ...]
    total: Result
    unexplained: int

    @property
    def unexplained_share(self) -> float | None:
        """Of all calls to tracked numbers; None where there were none."""
        total = self.total.calls + self.unexplained
        return self.unexplained / total if total else None


def joined(visits: Iterable[Result], calls: Iterable[Result], first: str) -> tuple[Result, ...]:
    """Rows of visits and of calls as one row a key: that of the key `first`, then those with most calls."""
    seen = {one.key: one for one in visits}
    heard = {one.key: one for one in calls}
    rows = [_one(key, seen.get(key, Result(key)), heard.get(key, Result(key))) for key in {first, *seen, *heard}]
    return tuple(sorted(rows, key=lambda one: (one.key != first, -one.calls, -one.visits, one.key)))


def _one(key: str, seen: Result, heard: Result) -> Result:
    return Result(
        key, seen.visits, seen.visitors, heard.calls, heard.callers, heard.answered, heard.missed, heard.target
    )


def asked_by(query: Mapping[str, str]) -> tuple[By, float]:
    """`?by=` and `?sure=` of an address; raises InvalidInput."""
    mistakes = []
    by, sure = query.get("by", By.CHANNEL.value), query.get("sure", "")
    if by not in {one.value for one in By}:
        mistakes.append(Mistake("by", _("must be one of: %(choices)s") % {"choices": ", ".join(By)}))
    if sure not in SURE:
        mistakes.append(Mistake("sure", _("must be one of: %(choices)s") % {"choices": ", ".join(filter(None, SURE))}))
    if mistakes:
        raise InvalidInput(*mistakes)
    return By(by), SURE[sure]
