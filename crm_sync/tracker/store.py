"""The company's tracker, issues and comments as rows; what is to be told it as events of the outbox."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.tracker.client import Way
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.people.audit import Actor, Deed, record

SQL: Final = load_queries("crm_sync.tracker")
ISSUE: Final = "tracker.issue"
COMMENT: Final = "tracker.comment"


class TrackerRow(msgspec.Struct, frozen=True):
    """The row; `token` is sealed."""

    id: UUID
    api_url: str
    token: bytes
    org_header: str
    org_id: str
    queue: str
    login: str
    connected_at: datetime
    trouble: str = ""

    def way(self, box: SecretBox) -> Way:
        """By what it is reached; raises WrongKey."""
        return Way(self.api_url, box.open(self.token).decode(), self.org_header, self.org_id)


async def find_tracker(connection: Connection) -> TrackerRow | None:
    """The one there is."""
    row = await connection.fetchrow(SQL["tracker"])
    return None if row is None else TrackerRow(**dict(row))


async def save_tracker(connection: Connection, told: TrackerRow, actor: Actor, now: datetime) -> UUID:
    """Of the same organisation with its issues; of another one nothing is kept. Its id."""
    await connection.execute(SQL["drop_other"], told.org_id, told.org_header)
    values = (
        told.id,
        told.api_url,
        told.token,
        told.org_header,
        told.org_id,
        told.queue,
        told.login,
        told.connected_at,
    )
    identifier: UUID = await connection.fetchval(SQL["put_tracker"], *values)
    after = {"login": told.login, "queue": told.queue, "org_id": told.org_id, "api_url": told.api_url}
    await record(connection, actor, Deed("tracker.connected", "tracker", str(identifier), after=after), now)
    return identifier


async def open_issue(
    connection: Connection,
    tracker: TrackerRow,
    kind: str,
    about: UUID,
    told: tuple[str, str],
    person: UUID,
    actor: Actor,
    now: datetime,
) -> bool:
    """An issue about a call or a lead, `told` its summary and description; False where there is one."""
    issue = uuid7(now.timestamp())
    values = (issue, tracker.id, kind, about, *told, person, now)
    if await connection.fetchval(SQL["add_issue"], *values) is None:
        return False
    stream = stream_of(tracker.id, issue)
    await append_many(connection, [NewEvent(stream, ISSUE, stream, {"issue": str(issue)})])
    await record(connection, actor, Deed("tracker.issue_opened", kind, str(about), after={"queue": tracker.queue}), now)
    return True


async def add_comment(
    connection: Connection,
    tracker: TrackerRow,
    issue: asyncpg.Record,
    text: str,
    name: str,
    actor: Actor,
    now: datetime,
) -> None:
    """One of ours; it goes there behind its issue, and in order."""
    comment = uuid7(now.timestamp())
    await connection.execute(SQL["add_comment"], comment, issue["id"], None, True, name, text, now)
    stream = stream_of(tracker.id, issue["id"])
    said = {"issue": str(issue["id"]), "comment": str(comment)}
    await append_many(connection, [NewEvent(stream, COMMENT, f"{stream}:{comment}", said)])
    deed = Deed("tracker.commented", "issue", str(issue["id"]), after={"characters": len(text)})
    await record(connection, actor, deed, now)


def stream_of(tracker: UUID, issue: UUID) -> str:
    """What an issue and its comments stay in order by."""
    return f"tracker:{tracker}:issue:{issue}"
