"""Times that a hook names with their zone. No I/O here."""

from datetime import datetime
from typing import Final

from trunkline.calls.events import Event
from trunkline.calls.what import AnyWhat
from trunkline.pbx.hooks.telling import Teller

_WRONG_CLOCK: Final = 86_400_000_000
"""A time further than this from when the hook came is not believed, µs."""


def iso_time(text: str) -> int | None:
    """`2025-11-27T13:49:49.5970279+03:00` in µs since the epoch; None without a zone, and for what is no time."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else int(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None


def believed(text: str, received: int) -> int | None:
    """The time, where it is one that the hook which came at `received` can tell of."""
    at = iso_time(text)
    return at if at is not None and abs(at - received) < _WRONG_CLOCK else None


def told_at(teller: Teller, at: int | None, leg: str, channel: str, what: AnyWhat) -> Event:
    """A step at the time a hook names, else at when it came."""
    return teller.now(leg, channel, what) if at is None else teller.then(at, leg, channel, what)
