"""Who has called a little while ago: the last callers of this machine, and through Valkey of the others. No I/O here.

Only in memory, and bounded. A robot seldom calls twice within minutes, a person who was not let through does; losing
the memory costs such a person one digit to press, so it is worth no row and no wait.
"""

from collections import OrderedDict
from typing import NamedTuple

MOST_CALLERS = 20_000
KEPT_SECONDS = 2 * 3600.0
"""Longer than any plan may ask for."""


class Seen(NamedTuple):
    """The last call of a number and when it began; `before` is when the call before that did."""

    call_id: str
    at: float
    before: float = 0.0


class Callers:
    """The last callers by number; the one heard of longest ago is forgotten first."""

    def __init__(self, most: int = MOST_CALLERS) -> None:
        self._most = most
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def note(self, number: str, call_id: str, at: float) -> bool:
        """A call of `number` began at `at` (Unix seconds); False if it was known, as in each later turn."""
        seen = self._seen.get(number)
        if seen is not None and seen.call_id == call_id:
            return False
        self._seen[number] = Seen(call_id, at, seen.at if seen is not None else 0.0)
        self._seen.move_to_end(number)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True

    def seconds_since(self, number: str, call_id: str, at: float) -> int:
        """How long before `at` another call of `number` began, at least 1; 0 when none is known of."""
        seen = self._seen.get(number)
        if seen is None:
            return 0
        earlier = seen.before if seen.call_id == call_id else seen.at
        passed = at - earlier
        return max(int(passed), 1) if earlier and 0 <= passed < KEPT_SECONDS else 0
