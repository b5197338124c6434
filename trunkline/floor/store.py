"""The floor read from the database: what is now by small indexes, what was today by ids of today."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from trunkline.calls.agents import LONGEST_SECONDS
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.floor.floor import CallNow, LineNow, QueueFacts, QueueToday, Waiting
from trunkline.ids import lowest_id
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.people.identity import Reach

_SQL = load_queries("trunkline.floor")
# A call's id carries the second its channel was made, some seconds before its first event at most.
_SLACK = timedelta(seconds=60)


class Today(NamedTuple):
    """What today came to, by queue, extension (calls, seconds of talk) and line."""

    queues: Mapping[str, QueueToday]
    agents: Mapping[str, tuple[int, int]]
    lines: Mapping[str, LineNow]


async def linked_pbxs(connection: Connection) -> dict[str, str]:
    """The PBXs that tell us of their calls, with their names."""
    return {row["id"]: row["name"] for row in await connection.fetch(_SQL["linked_pbxs"])}


async def hosted_pbxs(connection: Connection) -> dict[str, str]:
    """The PBXs in the cloud, with their names: their calls are believed, for no link of theirs can be silent."""
    return {row["id"]: row["name"] for row in await connection.fetch(_SQL["hosted_pbxs"], [*PROVIDERS])}


async def waiting_now(connection: Connection, reach: Reach, believed: Collection[str]) -> dict[str, list[Waiting]]:
    """Who waits, by queue, the first first; of PBXs that are not `believed` nobody knows whether they still do."""
    found: defaultdict[str, list[Waiting]] = defaultdict(list)
    for row in await connection.fetch(_SQL["waiting"], reach.departments, reach.lines, LONGEST_SECONDS):
        found[row["queue"]].append(
            Waiting(
                call_id=row["call_id"],
                caller=row["caller"],
                caller_name=row["caller_name"],
                line=row["line"],
                since=row["since"],
                sure=row["pbx"] in believed,
            )
        )
    return dict(found)


async def calls_of(
    connection: Connection, extensions: Sequence[str], reach: Reach, believed: Collection[str]
) -> dict[str, tuple[CallNow, ...]]:
    """The calls these extensions are in."""
    found: defaultdict[str, tuple[CallNow, ...]] = defaultdict(tuple)
    for row in await connection.fetch(_SQL["in_calls"], extensions, reach.lines, LONGEST_SECONDS):
        seen = row["seen"]
        found[row["extension"]] += (
            CallNow(
                call_id=row["call_id"],
                state=row["state"],
                since=row["since"],
                other=row["other"] if seen else "",
                other_name=row["other_name"] if seen else "",
                line=row["line"] if seen else "",
                queue=row["queue"],
                sure=row["pbx"] in believed,
                seen=seen,
            ),
        )
    return dict(found)


async def queues_of(connection: Connection, reach: Reach) -> list[QueueFacts]:
    """The queues of the reader's departments, by name."""
    rows = await connection.fetch(_SQL["queues"], reach.departments)
    return [QueueFacts(row["target"], row["name"], frozenset(row["members"])) for row in rows]


async def today_so_far(
    connection: Connection, reach: Reach, since: datetime, now: datetime, answer_seconds: int
) -> Today:
    """What the calls and waits that began since `since`, midnight, came to."""
    scope = (reach.person, reach.departments, reach.lines)
    ids = (lowest_id(since - _SLACK), lowest_id(now + _SLACK), since)
    waits = await connection.fetch(_SQL["waits_today"], reach.departments, reach.lines, since, answer_seconds)
    agents = await connection.fetch(_SQL["agents_today"], *scope, *ids)
    lines = await connection.fetch(_SQL["lines_today"], *scope, *ids)
    return Today(
        queues={row["queue"]: QueueToday(*(row[name] for name in QueueToday.__struct_fields__)) for row in waits},
        agents={row["extension"]: (row["calls"], row["talk_seconds"]) for row in agents},
        lines={row["number"]: LineNow(row["number"], row["name"], 0, row["answered"], row["missed"]) for row in lines},
    )


async def lines_now(
    connection: Connection, reach: Reach, now: datetime, today: Mapping[str, LineNow]
) -> tuple[LineNow, ...]:
    """Lines that have calls now or had some today; the busiest first."""
    found = dict(today)
    since = lowest_id(now - timedelta(seconds=LONGEST_SECONDS))
    for row in await connection.fetch(_SQL["lines_now"], reach.person, reach.departments, reach.lines, since):
        known = found.get(row["number"], LineNow(row["number"], row["name"], 0, 0, 0))
        found[row["number"]] = LineNow(known.number, known.name, row["now"], known.answered, known.missed)
    return tuple(sorted(found.values(), key=lambda one: (-one.now, -(one.answered + one.missed), one.number)))
