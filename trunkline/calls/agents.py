"""`agent_calls`: who of ours is in which call now, kept in the transaction of the steps, and the news of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from trunkline.calls.agents_now import AgentNow, AgentState
from trunkline.calls.detail import micros, moment
from trunkline.calls.store import SQL, Key
from trunkline.db.types import Connection, Pool
from trunkline.writer import Post

AGENTS_CHANNEL: Final = "trunkline:agents"
"""Where the changes are told after the commit: a JSON list of AgentEvent."""

LONGEST_SECONDS: Final = 86_400.0
"""A row that is older belongs to a call whose end nobody will tell."""


class AgentEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of agent_calls as it is now; `state` is "gone" where it is no more, and then tells nothing else."""

    event_id: int
    pbx: str
    extension: str
    call_id: UUID
    state: str
    since: datetime | None = None
    other: str = ""
    other_name: str = ""
    line: str = ""
    queue: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether the extension is in the call no more."""
        return self.state == GONE


GONE: Final = "gone"
OUR_DIALS: Final = "dial-"
"""How the ids of calls that we begin ourselves begin (trunkline/dialing/dial.py)."""


class Change(NamedTuple):
    """What an extension does in a call now; None: nothing any more."""

    pbx: str
    call_id: UUID
    extension: str
    now: AgentNow | None


Agents = Mapping[str, AgentNow]
"""Who is in one call, by extension."""


def changes_of(pbx: str, call_id: UUID, before: Agents, after: Agents) -> list[Change]:
    """What turns `before` into `after`, who leaves first."""
    gone = [Change(pbx, call_id, extension, None) for extension in before.keys() - after.keys()]
    new = [Change(pbx, call_id, extension, now) for extension, now in after.items() if before.get(extension) != now]
    return gone + new


async def load_agents(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, dict[str, AgentNow]]:
    """Who is in the calls `ids` as stored; each id has its entry."""
    found: dict[UUID, dict[str, AgentNow]] = {call_id: {} for call_id in ids}
    for row in await connection.fetch(SQL["load_agents"], ids) if ids else ():
        found[row["call_id"]][row["extension"]] = AgentNow(
            extension=row["extension"],
            state=AgentState(row["state"]),
            leg=row["leg"],
            since=micros(row["since"]),
            other=row["other"],
            other_name=row["other_name"],
            line=row["line"],
            queue=row["queue"],
        )
    return found


async def with_dialled(connection: Connection, found: Mapping[Key, Agents]) -> dict[Key, Agents]:
    """`found` with whom dials of ours are for: while the agent's telephone rings alone, nothing else tells of him."""
    unknown = [
        linkedid
        for (_, linkedid), agents in found.items()
        if linkedid.startswith(OUR_DIALS) and any(not one.other for one in agents.values())
    ]
    if not unknown:
        return dict(found)
    rows = await connection.fetch(SQL["dialled_for"], unknown)
    numbers: dict[Key, str] = {(row["pbx"], row["channel"]): row["number"] for row in rows}
    return {
        key: {extension: replace(one, other=one.other or numbers.get(key, "")) for extension, one in agents.items()}
        for key, agents in found.items()
    }


async def store_agents(connection: Connection, changes: Sequence[Change]) -> Post | None:
    """Write the changes; returns the news to tell once they are committed, who leaves first."""
    gone = [one for one in changes if one.now is None]
    new = [one for one in changes if one.now is not None]
    events: list[AgentEvent] = []
    if gone:
        ids, extensions = [one.call_id for one in gone], [one.extension for one in gone]
        rows = await connection.fetch(SQL["drop_agents"], ids, extensions)
        pbxs = {(one.call_id, one.extension): one.pbx for one in gone}
        events += (
            AgentEvent(row["event_id"], pbxs[row["call_id"], row["extension"]], row["extension"], row["call_id"], GONE)
            for row in rows
        )
    if new:
        rows = await connection.fetch(SQL["save_agents"], msgspec.json.encode([_row(one) for one in new]).decode())
        numbers = {(row["call_id"], row["extension"]): row["event_id"] for row in rows}
        events += (
            msgspec.convert(_row(one) | {"event_id": numbers[one.call_id, one.extension]}, AgentEvent) for one in new
        )
    return Post(AGENTS_CHANNEL, msgspec.json.encode(events)) if events else None


async def every_agent(pool: Pool) -> list[AgentEvent]:
    """All rows."""
    return [AgentEvent(**dict(row)) for row in await pool.fetch(SQL["every_agent"])]


async def agents_mark(pool: Pool) -> tuple[int, int]:
    """How many rows there are, and the sum of their event ids: equal marks mean equal rows."""
    row = await pool.fetchrow(SQL["agents_mark"])
    assert row is not None
    return row["rows"], int(row["mark"])


async def sweep_agents(pool: Pool) -> None:
    """Delete what no step will ever delete."""
    await pool.execute(SQL["sweep_agents"], LONGEST_SECONDS)


def _row(change: Change) -> dict[str, object]:
    now = change.now
    assert now is not None
    return {
        "pbx": change.pbx,
        "extension": change.extension,
        "call_id": change.call_id,
        "state": now.state.value,
        "leg": now.leg,
        "since": moment(now.since),
        "other": now.other,
        "other_name": now.other_name,
        "line": now.line,
        "queue": now.queue,
    }
