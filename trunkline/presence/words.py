"""Presence in a reader's words."""

from collections.abc import Mapping
from typing import Final

from trunkline.presence.change import clock
from trunkline.presence.state import Shift, State
from trunkline.presence.store import Spoken
from trunkline.web.i18n import mark

STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.ONLINE: (mark("online"), "ok"),
    State.BREAK: (mark("on a break"), "warn"),
    State.OFFLINE: (mark("offline"), "plain"),
    State.RINGING: (mark("ringing"), "info"),
    State.TALKING: (mark("talking"), "info"),
    State.WRAP_UP: (mark("wrap-up"), "warn"),
}
"""A state's name and the kind of its mark on the page."""
WHYS: Final[Mapping[str, str]] = {
    "absent": mark("away as entered"),
    "hours": mark("outside the agent's own hours"),
    "out_of_reach": mark("the telephone is out of reach"),
}
"""Why somebody is in a state that its name does not tell."""

FIELD_NAMES: Final[Mapping[str, str]] = {
    "state": mark("State"),
    "reason": mark("Reason"),
    "return_at": mark("Back at"),
    "since": mark("First day"),
    "until": mark("Last day"),
    "deputy": mark("Deputy"),
}
"""Fields of the forms."""


def day_text(hours: tuple[Shift, ...], weekday: int) -> str:
    """The hours of a day: `09:00–13:00, 14:00–18:00`."""
    return ", ".join(f"{clock(one.opens)}–{clock(one.closes)}" for one in hours if one.weekday == weekday)


def deputy_names(people: list[Spoken]) -> list[tuple[str, str]]:
    """Whom a form offers as deputy."""
    return [("", "—"), *((str(one.person), one.name) for one in people)]
