"""Queues and who answers them, as rows; every change is in the audit log, and routing knows it a second later."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from router.queues.queue import Member, Queue, places_of
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

_SQL = load_queries("router.queues")


async def list_queues(connection: Connection) -> list[asyncpg.Record]:
    """All of them, with how many people answer each."""
    return list(await connection.fetch(_SQL["list_queues"]))


async def find_queue(connection: Connection, identifier: str) -> Queue:
    """One with its members; raises NotFound."""
    row = await connection.fetchrow(_SQL["find_queue"], identifier)
    if row is None:
        raise NotFound(_("There is no such queue."))
    members = await connection.fetch(_SQL["members_of"], identifier)
    return Queue(**dict(row), members=tuple(Member(**dict(one)) for one in members))


async def people(connection: Connection) -> list[asyncpg.Record]:
    """Who may answer."""
    return list(await connection.fetch(_SQL["people"]))


async def departments(connection: Connection) -> dict[UUID, str]:
    """All of them, by name."""
    return {row["id"]: row["name"] for row in await connection.fetch(_SQL["departments"])}


async def add_queue(connection: Connection, queue: Queue, actor: Actor, now: datetime) -> None:
    """One more; raises InvalidInput."""
    await _require_own_target(connection, queue)
    if await connection.fetchval(_SQL["add_queue"], *_row(queue)) is None:
        raise InvalidInput(Mistake("id", _("is the short name of another queue")))
    await _put_members(connection, queue)
    await record(connection, actor, Deed("queue.added", "queue", queue.id, after=_told(queue)), now)


async def change_queue(connection: Connection, queue: Queue, actor: Actor, now: datetime) -> None:
    """Other names, another order, other people; raises InvalidInput, NotFound."""
    before = await find_queue(connection, queue.id)
    await _require_own_target(connection, queue)
    await connection.execute(_SQL["change_queue"], *_row(queue))
    await _put_members(connection, queue)
    if (old := _told(before)) != (new := _told(queue)):
        await record(connection, actor, Deed("queue.changed", "queue", queue.id, before=old, after=new), now)


async def remove_queue(connection: Connection, identifier: str, actor: Actor, now: datetime) -> None:
    """Gone; raises InvalidInput where something still leads to it, NotFound."""
    queue = await find_queue(connection, identifier)
    if used := await _used(connection, identifier):
        raise InvalidInput(Mistake("queue", _("is still named by %(places)s") % {"places": ", ".join(used)}))
    await connection.execute(_SQL["remove_queue"], identifier)
    await record(connection, actor, Deed("queue.removed", "queue", identifier, before=_told(queue)), now)


async def _used(connection: Connection, identifier: str) -> list[str]:
    """What leads to it: places of the plan and the draft, lines, callbacks."""
    bodies = [row["body"] for row in await connection.fetch(_SQL["plans_naming"])]
    places = sorted(
        {_("the plan (%(place)s)") % {"place": at} for body in bodies for at in places_of(body, identifier)}
    )
    lines = [row["number"] for row in await connection.fetch(_SQL["lines_naming"], identifier)]
    callbacks = [_("callbacks")] if await connection.fetchval(_SQL["has_callbacks"], identifier) else []
    return [*places[:5], *lines, *callbacks]


async def _require_own_target(connection: Connection, queue: Queue) -> None:
    if other := await connection.fetchval(_SQL["same_target"], queue.id, queue.target):
        raise InvalidInput(Mistake("target", _("is the queue %(name)s already") % {"name": other}))


async def _put_members(connection: Connection, queue: Queue) -> None:
    members = sorted(queue.members, key=lambda member: member.person)
    chosen = [member.person for member in members]
    await connection.execute(_SQL["drop_members"], queue.id, chosen)
    await connection.execute(_SQL["put_members"], queue.id, chosen, [member.penalty for member in members])


def _row(queue: Queue) -> tuple[object, ...]:
    return queue.id, queue.name, queue.target, queue.strategy, queue.department


def _told(queue: Queue) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(queue)
    told["members"] = {str(member.person): member.penalty for member in sorted(queue.members, key=lambda m: m.person)}
    return told
