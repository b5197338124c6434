"""Where a recording is silent because somebody paused it: from the times the PBX did so to seconds of the file.

A file holds what its channel heard in conversations (MixMonitor's `b`), or all of it; its length tells which of both.
It ends with its channel, so it is measured from there: when a recorder was begun nobody tells.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from recordings.recording import Recording
from trunkline.calls.detail import LegDetail
from trunkline.calls.reading import find_call
from trunkline.control.order import Silence
from trunkline.control.store import silences_of
from trunkline.db.types import Connection

_LEAST: Final = 0.2
"""Seconds; what is shorter nobody sees or hears."""
_SLACK: Final = 2.0
"""Seconds by which a file of conversations alone may be longer than they were."""

Spans = tuple[tuple[float, float], ...]
"""Seconds of a file, in order."""


async def paused_in(connection: Connection, one: Recording) -> Spans:
    """Where it is paused; nowhere for one whose channel the story of its call does not know."""
    silences = [silence for silence in await silences_of(connection, one.call_id) if silence.leg == one.leg]
    if not silences or (found := await find_call(connection, one.call_id)) is None:
        return ()
    leg = next((leg for leg in found[1].legs if leg.id == one.leg), None)
    return () if leg is None else spans_of(silences, leg, one.seconds)


def spans_of(silences: Sequence[Silence], leg: LegDetail, seconds: float) -> Spans:
    """The same of a file of so many seconds that was recorded at `leg`."""
    if (ended := leg.ended_at) is None:
        return ()
    talks = [(span.since, span.until or ended) for span in leg.bridged]
    of_talks = seconds <= sum(_length(*talk) for talk in talks) + _SLACK

    def place(at: datetime) -> float:
        left = sum(_length(max(at, since), until) for since, until in talks) if of_talks else _length(at, ended)
        return min(max(seconds - left, 0.0), seconds)

    found: list[tuple[float, float]] = []
    for silence in sorted(silences, key=lambda silence: silence.since):
        since, until = place(silence.since), place(silence.until or ended)
        if found and since <= found[-1][1]:
            since, until = found[-1][0], max(until, found.pop()[1])
        found.append((since, until))
    return tuple((round(since, 2), round(until, 2)) for since, until in found if until - since >= _LEAST)


def _length(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0.0)
