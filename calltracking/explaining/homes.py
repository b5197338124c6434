"""Where callers are at home, and how many visits are from there: by both a region speaks for a visit, or against it.

A visit's region is only weighed against its like: subjects of Russia. A visit from abroad may be anybody's whose
browser goes through another country, and tells nothing.
"""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import Final

from calltracking.explaining.candidate import Home
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

_SQL: Final = load_queries("calltracking.explaining")
_DAYS: Final = timedelta(days=28)
_FEWEST_VISITS: Final = 100
"""Of fewer nothing is said of how common a region is."""
_KEPT_SECONDS: Final = 300.0
"""The roll-up they are read from is no fresher."""


class Homes:
    """Homes of callers; `subjects_of` tells a number's subjects by the numbering registry."""

    def __init__(
        self, subjects_of: Callable[[str], Collection[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._subjects_of, self._clock = subjects_of, clock
        self._visits: Mapping[str, float] = {}
        self._read_at: float | None = None

    async def of(self, connection: Connection, client: str, day: date) -> Home | None:
        """The home of who calls on that day; None where it is not known, or too few visits are."""
        subjects = frozenset(self._subjects_of(client)) if client else frozenset()
        if not subjects:
            return None
        if self._read_at is None or self._clock() - self._read_at > _KEPT_SECONDS:
            rows = await connection.fetch(_SQL["visits_by_region"], day - _DAYS)
            self._visits, self._read_at = {row["key"]: row["visits"] for row in rows}, self._clock()
        total = sum(self._visits.values())
        if total < _FEWEST_VISITS:
            return None
        return Home(subjects, sum(self._visits.get(code, 0.0) for code in subjects) / total)
