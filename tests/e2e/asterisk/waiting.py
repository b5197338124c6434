"""Wait for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

_PAUSE = 0.05


class NotInTime(AssertionError):
    """A condition did not come true within its limit; the text names it."""


T = TypeVar("T")


def until(condition: Callable[[], T | None], what: str, limit: float = 10.0) -> T:
    """Ask `condition` until it answers something true, and return that. Raises NotInTime naming `what`."""
    end = time.monotonic() + limit
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > end:
            raise NotInTime(f"waited {limit:g} s for {what}")
        time.sleep(_PAUSE)
