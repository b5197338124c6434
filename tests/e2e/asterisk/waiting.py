"""Wait for a condition instead of for a time."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

PACE = float(os.environ.get("TRUNKLINE_E2E_PACE", "1"))
"""On a machine that is busy with much else: by so much telephones are slower, and tests more patient."""
_PAUSE = 0.05


class NotInTime(AssertionError):
    """A condition did not come true within its limit; the text names it."""


T = TypeVar("T")


def until(condition: Callable[[], T | None], what: str | Callable[[], str], limit: float = 10.0) -> T:
    """Ask `condition` until it answers something true, and return that. Raises NotInTime naming `what`.

    A `what` that tells what was seen is a function: it is called when all has been seen.
    """
    end = time.monotonic() + limit * PACE
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > end:
            raise NotInTime(f"waited {limit * PACE:g} s for {what if isinstance(what, str) else what()}")
        time.sleep(_PAUSE)
