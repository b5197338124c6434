"""Why a recording goes no further for now, and when it is tried again. No I/O here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from recordings.recording import Stop

Spacing = Sequence[tuple[timedelta, float]]
"""Until so long after something was told, it is looked for again in so many seconds; the first that fits decides."""

FILES: Final[Spacing] = ((timedelta(minutes=2), 2.0), (timedelta(minutes=15), 15.0), (timedelta(days=1), 300.0))
"""Of a file that is not there: copies from another host come every few minutes, and some PBXs file a recording away
after the call.
"""
LINKS: Final[Spacing] = (
    (timedelta(minutes=2), 10.0),
    (timedelta(minutes=5), 30.0),
    (timedelta(minutes=15), 60.0),
    (timedelta(days=1), 1800.0),
)
"""Of what a provider has: most have it within a minute. What is not here after a quarter of an hour raises an alarm
(recordings/watch.py), and is asked for a day longer: a provider may be down, or its key be mended.
"""
_LONGEST_PAUSE: Final = 3600.0


class Stopped(Exception):
    """It stays where it is."""

    def __init__(self, why: Stop, told: str = "", *, again: float | None = None) -> None:
        """`again`: in so many seconds it is tried again."""
        super().__init__(told)
        self.why = why
        self.told = told
        self.again = again


def again(spacing: Spacing, since: datetime | None, now: datetime, pause: float = 0.0) -> float | None:
    """In how many seconds it is looked for again, not before a `pause` that was asked for; None once it is given up."""
    waited = now - since if since else timedelta()
    seconds = next((seconds for until, seconds in spacing if waited < until), None)
    return None if seconds is None else max(seconds, min(pause, _LONGEST_PAUSE))
