"""The figures of reports, read from the calls."""

from collections import defaultdict
from datetime import datetime, timedelta

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.missed import SHORT_SECONDS, Count, MissedShare

_SQL = load_queries("trunkline.reports")
# A call's id carries the second its channel was made, some seconds before its first event at most.
_SLACK = timedelta(seconds=60)


async def missed_share(
    connection: Connection, since: datetime, until: datetime, zone: str, reach: Reach
) -> MissedShare:
    """Incoming calls that began from `since` to `until`, hours as `zone` counts them."""
    rows = await connection.fetch(
        _SQL["missed_share"],
        since,
        until,
        lowest_id(since - _SLACK),
        lowest_id(until),
        zone,
        SHORT_SECONDS * 1000,
        reach.person,
        reach.departments,
        reach.lines,
    )
    found: defaultdict[str, list[Count]] = defaultdict(list)
    for by, *count in rows:
        found[by].append(Count(*count))
    return MissedShare(
        total=found[""][0] if found[""] else Count("", 0, 0, 0, 0, 0, 0),
        lines=tuple(found["line"]),
        queues=tuple(found["queue"]),
        hours=tuple(sorted(found["hour"], key=lambda one: one.key)),
        reasons=tuple((one.key, one.missed) for one in found["reason"]),
    )
