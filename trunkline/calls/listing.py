"""What may be asked of the list of calls: filters, bounds and the cursor. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from trunkline.calls.filters import FILTERS, Condition, lost
from trunkline.calls.outcome import Outcome
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.web.paging import LARGEST_PAGE, USUAL_PAGE

_FIRST_YEAR, _LAST_YEAR = 1971, 9000
_LOWEST = UUID(int=0)
_HIGHEST = UUID(int=(1 << 128) - 1)
# A call's id carries the second its channel was made; its first event comes this much later at the very most.
_SLACK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list: ids within [`low`, `high`), the newest first, those that meet every condition."""

    low: UUID
    high: UUID
    conditions: tuple[Condition, ...]
    limit: int

    def statement(self, base: str, reach: tuple[Condition, ...] = ()) -> tuple[str, list[Any]]:
        """`base` with the conditions, and its arguments; asks for one row more, to know whether there are more."""
        arguments: list[Any] = [self.low, self.high]
        text = base
        for sql, value in (*self.conditions, *reach):
            values = value if isinstance(value, tuple) else (value,)
            places = [f"${len(arguments) + number}" for number in range(1, len(values) + 1)]
            text += f" and {sql.format(*places)}"
            arguments += values
        return f"{text} order by id desc limit {self.limit + 1}", arguments


def parse_listing(query: Mapping[str, str], zone: tzinfo = UTC) -> Listing:
    """The listing `query` asks for; a day without a time is one of `zone`. Raises InvalidInput."""
    mistakes: list[Mistake] = []
    asked = _Asked(zone)
    for field, text in query.items():
        try:
            asked.take(field, text)
        except ValueError as error:
            mistakes.append(Mistake(field, str(error)))
        except OverflowError:
            mistakes.append(Mistake(field, "is no time of this era"))
    if mistakes:
        raise InvalidInput(*mistakes)
    conditions, bounds = asked.conditions, asked.bounds
    if "lost" in query:
        conditions.append(lost(query, (bounds["since"], bounds["until"]), asked.moments))
    if "outcome" not in query:
        conditions.append(("outcome <> {}", Outcome.MERGED.value))
    return Listing(bounds["since"], min(bounds["until"], bounds["cursor"]), tuple(conditions), asked.limit)


class _Asked:
    """What the fields read so far ask for."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.conditions: list[Condition] = []
        self.bounds = {"since": _LOWEST, "until": _HIGHEST, "cursor": _HIGHEST}
        self.moments: dict[str, datetime] = {}
        self.limit = USUAL_PAGE

    def take(self, field: str, text: str) -> None:
        """Add what one field asks; raises ValueError with what would be right."""
        if field == "limit":
            self.limit = _limit(text)
        elif field == "cursor":
            self.bounds["cursor"] = _cursor(text)
        elif field in ("since", "until"):
            self._bound(field, _moment(text, self.zone, end=field == "until"))
        elif field == "hour":
            hour = ("extract(hour from started_at at time zone {0}) = {1}", (str(self.zone), _hour(text)))
            self.conditions.append(hour)
        elif field in FILTERS:
            self.conditions.append(FILTERS[field](text))
        elif field != "lost":
            known = ", ".join([*FILTERS, "hour", "lost", *self.bounds, "limit"])
            raise ValueError(f"is not known; there are {known}")
        elif text != "yes":
            raise ValueError("must be yes")

    def _bound(self, field: str, at: datetime) -> None:
        self.moments[field] = at
        self.bounds[field] = uuid7((at - _SLACK if field == "since" else at).timestamp(), bytes(10))
        self.conditions.append(("started_at >= {}" if field == "since" else "started_at < {}", at))


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_PAGE:
        raise ValueError(f"must be a number from 1 to {LARGEST_PAGE}")
    return int(text)


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("must be `next` of the page before") from None


def _moment(text: str, zone: tzinfo, *, end: bool) -> datetime:
    """A time with its zone, or a day: its beginning, or for an `end` that of the next."""
    try:
        if len(text) == len("2026-03-02"):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            at = datetime.combine(day, time(), zone)
        else:
            at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError("must be a day (2026-03-02) or a time with its zone (2026-03-02T10:00:00+03:00)") from None
    if at.tzinfo is None:
        raise ValueError("needs a zone, e.g. +03:00")
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:  # beyond, another zone's time may be no time at all
        raise ValueError(f"must be a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return at


def _hour(text: str) -> int:
    if not text.isdecimal() or int(text) > 23:
        raise ValueError("must be an hour of the day from 0 to 23")
    return int(text)
