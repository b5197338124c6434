"""The statements that credit visits with what they led to, put together from pieces.sql and a model's own. No I/O here.

What a conversion, a visit and a row of the report are is said once, for what is kept and for what is read afresh.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from calltracking.models.crediting import OWN_WINDOWS, arguments_of, credited
from calltracking.models.kinds import KindRules
from calltracking.models.model import Model
from calltracking.results.result import By
from trunkline.db.sql import load_queries
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

PIECES: Final = load_queries("calltracking.results", "pieces.sql")
_SHARED: Final = "reach", "form_reach", "seen_raw", "measures"


def pieced(text: str, **more: str) -> str:
    """A text with the pieces in it that several have, and `more` of its own; other names in braces stay."""
    for name, piece in {**more, **{name: PIECES[name] for name in _SHARED}}.items():
        text = text.replace(f"{{{name}}}", piece)
    return text


CONVERSIONS: Final = pieced(
    "\n".join(PIECES[name] for name in ("heard", "asked", "reached", "led", "of_calls", "of_led"))
)
CALLS: Final = pieced("\n".join(PIECES[name] for name in ("heard", "of_calls")))
"""The calls of them alone: what they led to is most of the work."""
SLACK: Final = timedelta(seconds=60)
"""An id carries the second its call's channel was made, some seconds before its first event at most."""
LED_LATE: Final = timedelta(minutes=10)
"""So long after a lead, a deal or a payment a call or a form still led to it (the piece `led`)."""
USUAL: Final = KindRules()
"""By these calls of no site are counted."""
_NAME: Final = re.compile(r"\{([a-z_]+[0-9]*)\}")
ALIKE: Final = ("", By.HOUR, By.LINE)
"""By these every model gives the same: they are the call's and no visit's."""
SURENESS: Final = PIECES["sureness"]
"""How sure the source of a conversion `k` is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and its arguments."""

    text: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """How far back the rules of any site look: for visits that are given something, for calls of the same number."""

    visits: timedelta = USUAL.campaign_window
    calls: timedelta = USUAL.repeat


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be counted for somebody: his calls, and visits of these sites (None: of all)."""

    reach: Reach | None
    back: Back
    sites: list[Any] | None = None
    most_sites: bool = False
    """Fewer are hidden from him than shown."""

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden from him."""
        return self.reach is None or (self.reach.departments is None and self.reach.lines is None)

    @property
    def alone(self) -> bool:
        """Whether he sees no visit at all: every model tells him the same."""
        return self.sites is not None and not self.sites


def sums(model: Model, days: Days, seen: Seen, by: By) -> Statement:
    """What the model gives in these days: of each day, and by row in all, by band of confidence."""
    given = arguments(days.since, days.until, days, seen, by=by.value)
    return credited_to(model, given, seen, CONVERSIONS, asked_sums(by))


def asked_sums(by: By) -> str:
    """What `told` comes to by rows of this kind."""
    return pieced(PIECES["asked_sums"], key=f"told.{by.value}")


def of_calls(
    model: Model, since: datetime, until: datetime, days: Days, seen: Seen, reading: str, **more: Any
) -> Statement:
    """What the model gives of calls from `since` up to `until`, one by one, as `reading` takes it from `told`."""
    given = arguments(since, until, days, seen, **more)
    return credited_to(model, given, seen, CALLS, reading)


def laid_aside(days: Days, seen: Seen) -> list[Statement]:
    """Statements that lay aside what is counted of these days, until the transaction ends."""
    given = arguments(days.since, days.until, days, seen)
    keep = PIECES["lay_conversions"].replace("{conversions}", CONVERSIONS)
    tables = [Statement(text, ()) for text in PIECES["lay_tables"].split(";")]
    looks = [Statement(text, ()) for text in PIECES["look_over"].split(";")]
    laid = [numbered(text, given) for text in (keep, pieced(PIECES["lay_touches"]))]
    marks = numbered(PIECES["mark_parted"], given), Statement(PIECES["count_over"], ())
    return [*tables, *laid, *looks, *marks]


def arguments(since: datetime, until: datetime, days: Days, seen: Seen, **more: Any) -> dict[str, Any]:
    """What the pieces' names in braces stand for, from `since` up to `until`; `more` are a statement's own."""
    reach = seen.reach
    return {
        "since": since,
        "until": until,
        "zone": days.zone.key,
        "window": USUAL.campaign_window,
        "repeat": USUAL.repeat,
        "touch_low": lowest_id(since - seen.back.visits - SLACK),
        "repeat_low": lowest_id(since - seen.back.calls - SLACK),
        "high": lowest_id(until + LED_LATE),
        "target": int(USUAL.target_talk.total_seconds()) * 1000,
        "person": reach.person if reach else None,
        "departments": reach.departments if reach else None,
        "lines": reach.lines if reach else None,
        "sites": seen.sites,
        **more,
    }


def credited_to(model: Model, given: dict[str, Any], seen: Seen, conversions: str, reading: str) -> Statement:
    """The statement that credits visits with `conversions` by the model, and makes of it what `reading` says."""
    told = pieced(f"{PIECES['told']}\n{reading}", sureness=SURENESS)
    if seen.alone or _is_whole(given):
        told = told.replace("{given}", PIECES["given_alone"])
        return numbered(f"with conversions as ({conversions})\n{told}", given)
    text = credited(
        model,
        touches=pieced(PIECES["touches"]),
        conversions=conversions,
        reading=told.replace("{given}", PIECES["given"]),
        back=OWN_WINDOWS,
    )
    return numbered(text, given, arguments_of(model, seen.back.visits))


def _is_whole(given: dict[str, Any]) -> bool:
    """Whether no row asked for parts a conversion: then no visit need be read for it."""
    return given.get("by") in ALIKE or ("key" in given and given["key"] is None)


def numbered(text: str, given: dict[str, Any], own: tuple[Any, ...] = ()) -> Statement:
    """The names in braces as numbers of arguments, of which only those are taken that it names."""
    named = list(dict.fromkeys(_NAME.findall(text)))
    places = {name: f"${place}" for place, name in enumerate(named, start=len(own) + 1)}
    return Statement(text.format(**places), (*own, *(given[name] for name in named)))
