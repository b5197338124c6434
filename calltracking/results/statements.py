"""The statements that credit visits with what they led to, put together from pieces.sql and a model's own. No I/O here.

What a conversion, a visit and a row of the report are is said once, for the roll-up and for what is read afresh.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from calltracking.models.crediting import arguments_of, credited
from calltracking.models.model import WINDOW, Model
from calltracking.results.result import TARGET_SECONDS, By
from trunkline.db.sql import load_queries
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

PIECES: Final = load_queries("calltracking.results", "pieces.sql")
SLACK: Final = timedelta(seconds=60)
"""An id carries the second its call's channel was made, some seconds before its first event at most."""
_REPEAT: Final = timedelta(days=1)
ALL: Final = ("", *By)
"""The sum, and every kind of rows."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and its arguments."""

    text: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be counted for somebody: his calls, and visits of these sites (None: of all)."""

    reach: Reach | None
    sites: list[Any] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden from him."""
        return self.reach is None or (self.reach.departments is None and self.reach.lines is None)


def sums(model: Model, days: Days, seen: Seen, bys: tuple[str, ...], keep: str = "") -> Statement:
    """What the model gives in these days, by day, kind of row, key and band of confidence; `keep` is an insert into."""
    return _statement(model, days.since, days.until, days, seen, {"bys": list(bys)}, f"{keep}{PIECES['sums']}")


def whole(
    model: Model, since: datetime, until: datetime, days: Days, seen: Seen, reading: str, **more: Any
) -> Statement:
    """What the model gives of conversions from `since` up to `until`, one by one, as `reading` takes it from `told`."""
    return _statement(model, since, until, days, seen, more, reading)


def _statement(
    model: Model, since: datetime, until: datetime, days: Days, seen: Seen, more: dict[str, Any], reading: str
) -> Statement:
    reach = seen.reach
    arguments: dict[str, Any] = {
        "since": since,
        "until": until,
        "zone": days.zone.key,
        "touch_low": lowest_id(since - WINDOW - SLACK),
        "repeat_low": lowest_id(since - _REPEAT - SLACK),
        "high": lowest_id(until),
        "target": TARGET_SECONDS * 1000,
        "person": reach.person if reach else None,
        "departments": reach.departments if reach else None,
        "lines": reach.lines if reach else None,
        "sites": seen.sites,
        **more,
    }
    own = arguments_of(model, WINDOW)
    places = {name: f"${place}" for place, name in enumerate(arguments, start=len(own) + 1)}
    text = credited(
        model,
        touches=PIECES["touches"].format(**places),
        conversions=PIECES["conversions"].format(**places),
        reading=f"{PIECES['told']}\n{reading}".format(**places),
    )
    return Statement(text, (*own, *arguments.values()))
