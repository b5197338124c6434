"""Which calls have a window, and what stands in it. Time is an argument. No I/O here.

A ring that ends takes its window with it; a talk with a client leaves it, marked as ended, until it is closed by hand,
as on the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from softphone_card.desktop.told import Call, Card, Changed, State

MOST_ENDED: Final = 3
ENDED: Final = "ended"
_COLLEAGUE = re.compile(r"\d{2,6}").fullmatch


@dataclass(frozen=True, slots=True)
class Panel:
    """One call; `since` is when its state began, by the clock `Screen` is told."""

    call: Call
    since: float
    lasted: float | None = None
    """How long the talk was, once it is over."""
    card: Card | None = None
    card_of: str | None = None
    """Whose number the card was read for."""
    hidden: bool = False

    @property
    def state(self) -> str:
        """ringing, calling, talking, ended."""
        return self.call.state if self.lasted is None else ENDED

    def seconds(self, now: float) -> float:
        """How long the state lasts."""
        return self.lasted if self.lasted is not None else max(0.0, now - self.since)


class Screen:
    """The calls of the moment."""

    def __init__(self) -> None:
        self._panels: dict[str, Panel] = {}

    def __iter__(self) -> Iterator[Panel]:
        return iter(self._panels.values())

    def hear(self, message: State | Changed, now: float) -> list[str]:
        """Follow what the server tells; returns the calls whose card is to be read."""
        if isinstance(message, State):
            told = {call.call_id for call in message.calls}
            for call_id in [one for one in self._panels if one not in told]:
                self._leave(call_id, now)
        for call in message.calls:
            if call.state == "gone":
                self._leave(call.call_id, now)
            else:
                self._show(call, now)
        return [panel.call.call_id for panel in self if panel.lasted is None and panel.card_of != panel.call.other]

    def read(self, call_id: str, card: Card, other: str) -> None:
        """The card of a call has come, read when `other` was the other side."""
        panel = self._panels.get(call_id)
        if panel is not None and panel.call.other == other:  # else it came too late, and another was asked for
            self._panels[call_id] = replace(panel, card=card, card_of=other)

    def other_of(self, call_id: str) -> str | None:
        """The other side of a call; None for one that has no window."""
        panel = self._panels.get(call_id)
        return panel.call.other if panel else None

    def hide(self, call_id: str) -> None:
        """Out of the way; what is over leaves for good."""
        panel = self._panels.get(call_id)
        if panel is None:
            return
        if panel.lasted is None:
            self._panels[call_id] = replace(panel, hidden=True)
        else:
            del self._panels[call_id]

    def show_hidden(self) -> None:
        """Bring back what was put out of the way."""
        self._panels = {call_id: replace(panel, hidden=False) for call_id, panel in self._panels.items()}

    def clear(self) -> None:
        """Nothing is known any more."""
        self._panels.clear()

    def _show(self, call: Call, now: float) -> None:
        known = self._panels.get(call.call_id)
        since = now - call.seconds
        if known is None:
            self._panels[call.call_id] = Panel(call, since)
            return
        # A card of somebody else would be a lie: after a transfer the other side is another.
        card = known.card if known.card_of == call.other else None
        self._panels[call.call_id] = replace(known, call=call, since=since, lasted=None, card=card)

    def _leave(self, call_id: str, now: float) -> None:
        panel = self._panels.get(call_id)
        if panel is None or panel.lasted is not None:
            return
        with_client = panel.call.state == "talking" and not _COLLEAGUE(panel.call.other)
        if not with_client or panel.hidden:
            del self._panels[call_id]
            return
        self._panels[call_id] = replace(panel, lasted=panel.seconds(now))
        over = [one for one, other in self._panels.items() if other.lasted is not None]
        for one in over[:-MOST_ENDED]:
            del self._panels[one]
