"""Calls as they are read: a page of the list, one call in full; each within the asker's reach."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.detail import Story, story_of
from trunkline.calls.filters import Condition
from trunkline.calls.listing import Listing
from trunkline.calls.store import SQL, load_calls
from trunkline.calls.summary import summary_of
from trunkline.db.types import Connection
from trunkline.people.identity import Reach


class CallRow(msgspec.Struct, frozen=True):
    """One call in a list; durations in seconds, parties inside by extension, outside by number."""

    id: UUID
    pbx: str
    linkedid: str
    direction: str
    caller: str
    caller_name: str
    client: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    missed_why: str | None
    answered_by: str
    hung_up_by: str | None
    agents: list[str]
    rang: list[str]
    queues: list[str]
    wait_seconds: float
    talk_seconds: float
    partial: bool
    gap: bool
    notice_version: int | None
    """Of the notice its line had for it; null: none."""
    notice_state: str | None
    """A value of trunkline.pbx.notice.NoticeState."""
    part_of: UUID | None


class CallPage(msgspec.Struct, frozen=True):
    """One page of the list; `next` is the cursor of the page behind it, None on the last."""

    items: list[CallRow]
    next: UUID | None


async def list_calls(connection: Connection, listing: Listing, reach: Reach | None = None) -> CallPage:
    """The page `listing` asks for; `reach` None sees every call."""
    statement, arguments = listing.statement(SQL["list_calls"], _conditions(reach))
    rows = await connection.fetch(statement, *arguments)
    calls = [_row(row) for row in rows[: listing.limit]]
    return CallPage(calls, calls[-1].id if len(rows) > listing.limit else None)


async def find_call(connection: Connection, call_id: UUID, reach: Reach | None = None) -> tuple[CallRow, Story] | None:
    """One call with its story; None when it does not exist or is out of reach. An open call's is told by its steps."""
    person, departments, lines = (reach.person, reach.departments, reach.lines) if reach else (None, None, None)
    row = await connection.fetchrow(SQL["find_call"], call_id, person, departments, lines)
    if row is None:
        return None
    if row["story"] is not None:
        return _row(row), msgspec.convert(row["story"], Story)
    key = (row["pbx"], row["linkedid"])
    call = (await load_calls(connection, {key: call_id}))[key]
    return _row(row), story_of(call, summary_of(call))


async def is_recorded(connection: Connection, call_id: UUID) -> bool:
    """Whether there is a recording of it, wherever it came from."""
    return bool(await connection.fetchval(SQL["is_recorded"], call_id))


def _conditions(reach: Reach | None) -> tuple[Condition, ...]:
    """The reach as one condition: a person's own calls, and those of his departments and lines."""
    if reach is None or (reach.departments is None and reach.lines is None):
        return ()
    scope = [
        (sql, values)
        for sql, values in (
            ("departments && {}::uuid[]", reach.departments),
            ("line_id = any({}::uuid[])", reach.lines),
        )
        if values is not None
    ]
    numbered = " and ".join(sql.format(f"{{{place}}}") for place, (sql, _) in enumerate(scope, start=1))
    own = "people @> array[{0}::uuid]"
    return ((f"({own} or ({numbered}))", (reach.person, *(values for _, values in scope))),)


def _row(row: asyncpg.Record) -> CallRow:
    return CallRow(
        id=row["id"],
        pbx=row["pbx"],
        linkedid=row["linkedid"],
        direction=row["direction"],
        caller=row["caller"],
        caller_name=row["caller_name"],
        client=row["client"],
        dialled=row["dialled"],
        started_at=row["started_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        outcome=row["outcome"],
        missed_why=row["missed_why"],
        answered_by=row["answered_by"],
        hung_up_by=row["hung_up_by"],
        agents=row["agents"],
        rang=row["rang"],
        queues=row["queues"],
        wait_seconds=row["wait_ms"] / 1000,
        talk_seconds=row["talk_ms"] / 1000,
        partial=row["is_partial"],
        gap=row["has_gap"],
        notice_version=row["notice_version"],
        notice_state=row["notice_state"],
        part_of=row["part_of"],
    )
