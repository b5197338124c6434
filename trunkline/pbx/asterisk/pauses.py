"""Whose queue memberships are to be paused at a moment. No I/O here."""

from collections.abc import Iterable
from typing import NamedTuple


class Rest(NamedTuple):
    """`extension` takes no queue calls until `until` (Unix seconds); None: until somebody says otherwise."""

    extension: str
    until: float | None


def pauses_due(rests: Iterable[Rest], now: float) -> frozenset[str]:
    """The extensions to pause at `now`. Whoever is not among them has no pause of ours: an end needs no timer."""
    return frozenset(rest.extension for rest in rests if rest.until is None or rest.until > now)
