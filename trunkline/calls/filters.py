"""The conditions the list of calls may be asked to meet, one a field. No I/O here."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from trunkline.calls.missed import GAVE_UP, WhyMissed
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.phone import NamedKind, parse, short_digits
from trunkline.pbx.notice import NoticeState

Condition = tuple[str, Any]
"""SQL with `{}` where the value's place is, and the value; a tuple of values goes to `{0}`, `{1}` …"""


def lost(query: Mapping[str, str], ids: tuple[UUID, UUID], moments: Mapping[str, datetime]) -> Condition:
    """Calls of callers nobody talked with in the whole time asked for, on the line or in the queue asked for."""
    met = ["met.client = calls.client and met.direction = 'in' and met.outcome = 'answered'"]
    met.append("met.id >= {0} and met.id < {1}")
    values: list[Any] = [*ids]
    for sql, value in (
        ("met.started_at >= {}", moments.get("since")),
        ("met.started_at < {}", moments.get("until")),
        ("met.queues @> array[{}::text]", query.get("queue")),
    ):
        if value is not None:
            met.append(sql.format(f"{{{len(values)}}}"))
            values.append(value)
    if "line" in query:
        met.append("met.dialled = calls.dialled")
    once = f"not exists (select from calls as met where {' and '.join(met)})"
    return f"client <> '' and direction = 'in' and {once}", tuple(values)


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
        named = text.split(",")
        if not set(named) <= set(values):
            raise ValueError(f"must be one of {', '.join(values)}, or several of them with commas between")
        # The values are words of our own: as literals they let the planner see the partial index on missed calls.
        return f"{column} in ({', '.join(repr(str(word)) for word in named)}) and {{}}", True

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


def _talk(sql: str) -> Callable[[str], Condition]:
    def condition(text: str) -> Condition:
        if not text.isdecimal() or len(text) > 5 or int(text) > 86_400:
            raise ValueError("must be a number of seconds from 0 to 86400")
        return sql, int(text) * 1000

    return condition


def _shown(text: str) -> Condition:
    """Calls out whose called party was shown this number of ours."""
    shown = "select from outgoing_choices as shown where shown.call_id = calls.id and shown.caller_id = {}"
    return f"direction = 'out' and exists ({shown})", _number_of(text)[0]


def _cause(text: str) -> Condition:
    if not text.isdecimal() or len(text) > 3 or not 0 < int(text) < 128:
        raise ValueError("must be a Q.850 cause from 1 to 127, e.g. 34")
    return "jsonb_path_exists(story, '$.legs[*] ? (@.cause == $cause)', {})", {"cause": int(text)}


def _why(text: str) -> Condition:
    if text not in set(WhyMissed):
        raise ValueError(f"must be one of {', '.join(WhyMissed)}")
    return "outcome = 'missed' and missed_why = {}", text


def _notice(text: str) -> Condition:
    if text not in set(NoticeState):
        raise ValueError(f"must be one of {', '.join(NoticeState)}")
    return "notice_state = {}", text


_SHORT: Final = "select 1000 * short_seconds from missed_rules"
"""The company's rule: who hangs up sooner has not been missed."""


def _short(text: str) -> Condition:
    if text not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    gave_up = ", ".join(f"'{why}'" for why in GAVE_UP)
    gone = f"outcome = 'missed' and wait_ms < ({_SHORT}) and missed_why in ({gave_up})"
    return f"coalesce({gone}, false) = {{}}", text == "yes"


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
    "min_talk": _talk("talk_ms >= {}"),
    "max_talk": _talk("talk_ms < {}"),
    "shown": _shown,
    "why": _why,
    "short": _short,
    "cause": _cause,
    "notice": _notice,
}
