"""What may be asked of the list of calls: filters, bounds and the cursor. No I/O here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final
from uuid import UUID

from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.phone import NamedKind, parse, short_digits
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7

DEFAULT_LIMIT: Final = 50
MOST_LIMIT: Final = 200

_LOWEST = UUID(int=0)
_HIGHEST = UUID(int=(1 << 128) - 1)
# A call's id carries the second its channel was made; its first event comes this much later at the very most.
_SLACK = timedelta(seconds=10)

Condition = tuple[str, Any]
"""SQL with `{}` where the value's place is, and the value; a tuple of values goes to `{0}`, `{1}` …"""


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
    conditions: list[Condition] = []
    bounds = {"since": _LOWEST, "until": _HIGHEST, "cursor": _HIGHEST}
    limit = DEFAULT_LIMIT
    for field, text in query.items():
        try:
            if field == "limit":
                limit = _limit(text)
            elif field == "cursor":
                bounds["cursor"] = _cursor(text)
            elif field in ("since", "until"):
                at = _moment(text, zone, end=field == "until")
                bounds[field] = uuid7((at - _SLACK if field == "since" else at).timestamp(), bytes(10))
                conditions.append(("started_at >= {}" if field == "since" else "started_at < {}", at))
            elif field in FILTERS:
                conditions.append(FILTERS[field](text))
            else:
                mistakes.append(Mistake(field, f"is not known; there are {', '.join([*FILTERS, *bounds, 'limit'])}"))
        except ValueError as error:
            mistakes.append(Mistake(field, str(error)))
        except OverflowError:
            mistakes.append(Mistake(field, "is no time of this era"))
    if mistakes:
        raise InvalidInput(*mistakes)
    if "outcome" not in query:
        conditions.append(("outcome <> {}", Outcome.MERGED.value))
    return Listing(bounds["since"], min(bounds["until"], bounds["cursor"]), tuple(conditions), limit)


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LIMIT:
        raise ValueError(f"must be a number from 1 to {MOST_LIMIT}")
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
            return datetime.combine(day, time(), zone)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError("must be a day (2026-03-02) or a time with its zone (2026-03-02T10:00:00+03:00)") from None
    if at.tzinfo is None:
        raise ValueError("needs a zone, e.g. +03:00")
    return at


def _number_of(text: str) -> tuple[str, bool]:
    """The number `text` spells, and whether it is an outside one."""
    number = parse(text)
    if not isinstance(number, NamedKind):
        return number, True
    if short := short_digits(text):
        return short, False
    raise ValueError("must be a phone number (+79161234567) or an extension (101)")


def _party(text: str) -> Condition:
    """The outside party, or one of our people; what was dialled is `to`, for an "or" of both reads no index."""
    number, outside = _number_of(text)
    return "client = {}" if outside else "agents @> array[{}::text]", number


def _from(text: str) -> Condition:
    number, outside = _number_of(text)
    if outside:
        return "client = {} and direction = 'in'", number
    return "agents @> array[{0}::text] and caller = {0}", number


def _to(text: str) -> Condition:
    return "dialled = {}", _number_of(text)[0]


def _line(text: str) -> Condition:
    return "dialled = {} and direction = 'in'", _number_of(text)[0]


def _one_of(values: type[Direction] | type[Outcome], column: str) -> Callable[[str], Condition]:
    def condition(text: str) -> Condition:
        if text not in set(values):
            raise ValueError(f"must be one of {', '.join(values)}")
        # The value is one of our own words: as a literal it lets the planner see the partial index on missed calls.
        return f"{column} = '{text}' and {{}}", True

    return condition


def _agent(text: str) -> Condition:
    if not short_digits(text):
        raise ValueError("must be an extension (101)")
    return "agents @> array[{}::text]", short_digits(text)


def _named(sql: str) -> Callable[[str], Condition]:
    def condition(text: str) -> Condition:
        if not 1 <= len(text) <= 80:
            raise ValueError("must be a name of 1 to 80 characters")
        return sql, text

    return condition


def _min_talk(text: str) -> Condition:
    if not text.isdecimal() or int(text) > 86_400:
        raise ValueError("must be a number of seconds from 0 to 86400")
    return "talk_ms >= {}", int(text) * 1000


FILTERS: Final[Mapping[str, Callable[[str], Condition]]] = {
    "number": _party,
    "from": _from,
    "to": _to,
    "line": _line,
    "direction": _one_of(Direction, "direction"),
    "outcome": _one_of(Outcome, "outcome"),
    "agent": _agent,
    "queue": _named("queues @> array[{}::text]"),
    "pbx": _named("pbx = {}"),
    "min_talk": _min_talk,
}
