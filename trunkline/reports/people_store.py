"""What agents did and how soon clients were called back, read from the calls and the missed-call list."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Identity, Reach
from trunkline.people.roles import Right
from trunkline.reports.agents import AgentDay, Sheet, Work, sheets_of
from trunkline.reports.callbacks import CallbackReport, Callbacks
from trunkline.reports.days import Days

AGENTS: Final = load_queries("trunkline.reports", "agents.sql")
CALLBACKS: Final = load_queries("trunkline.reports", "callbacks.sql")
# A call's id carries the second its channel was made, some seconds before its first event at most.
_SLACK = timedelta(seconds=60)


async def agent_sheets(
    connection: Connection, days: Days, identity: Identity, answer_seconds: int, only: UUID | None = None
) -> list[Sheet]:
    """Sheets of these days within the asker's reach; who may not read reports has his own alone."""
    reach = identity.reach()
    if not identity.holds(Right.REPORTS_READ):
        only = identity.person
    rows = await connection.fetch(
        AGENTS["agent_days"],
        days.since,
        days.until,
        lowest_id(days.since - _SLACK),
        lowest_id(days.until),
        days.zone.key,
        answer_seconds,
        only,
        reach.departments,
        reach.lines,
        identity.person,
    )
    return sheets_of(
        AgentDay(agent, name, extension, day, Work(*figures)) for agent, name, extension, day, *figures in rows
    )


async def callbacks(connection: Connection, days: Days, reach: Reach, now: datetime) -> CallbackReport:
    """Clients first missed in these days."""
    rows = await connection.fetch(
        CALLBACKS["callbacks"],
        days.since,
        days.until,
        days.zone.key,
        reach.person,
        reach.departments,
        reach.lines,
        now,
    )
    found: defaultdict[str, list[Callbacks]] = defaultdict(list)
    for by, *figures in rows:
        found[by].append(Callbacks(*figures))
    return CallbackReport(
        total=found[""][0] if found[""] else Callbacks("", 0, 0, 0, 0, 0, 0, None, None, 0, 0),
        lines=tuple(found["line"]),
        queues=tuple(found["queue"]),
        days=tuple(sorted(found["day"], key=lambda one: one.key)),
    )
