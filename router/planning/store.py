"""Plans and the draft in the database. Whoever saves names the version he has seen: nobody overwrites another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.planning.forms import Body
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound, TrunklineError
from trunkline.people.audit import Actor, Deed, record

SQL = load_queries("router.planning")


class ChangedMeanwhile(TrunklineError):
    """Somebody else saved, published or discarded since what is being saved was read."""


@dataclass(frozen=True, slots=True)
class Published:
    """A plan that is or was in force; version 0 and an empty body where there is none."""

    version: int
    body: Body


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being worked on; version 0 stands for no draft yet: the plan in force, unchanged."""

    body: Body
    base: int
    version: int = 0
    author: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One row of the history; `before` is the body it replaced."""

    version: int
    body: Body
    note: str
    published_at: datetime
    author: str
    before: Body | None


async def plan_in_force(connection: Connection) -> Published:
    """The newest plan."""
    row = await connection.fetchrow(SQL["plan_in_force"])
    return Published(row["version"], row["body"]) if row else Published(0, {})


async def published_plan(connection: Connection, version: int) -> Published:
    """One version; raises NotFound."""
    row = await connection.fetchrow(SQL["published_plan"], version)
    if row is None:
        raise NotFound(f"there is no plan {version}")
    return Published(row["version"], row["body"])


async def history(connection: Connection, before: int | None, limit: int) -> Sequence[Version]:
    """Versions below `before`, newest first."""
    return [Version(**dict(row)) for row in await connection.fetch(SQL["published_plans"], before, limit)]


async def current_draft(connection: Connection) -> Draft:
    """The draft, or the plan in force as one."""
    row = await connection.fetchrow(SQL["draft"])
    if row is not None:
        return Draft(**dict(row))
    published = await plan_in_force(connection)
    return Draft(published.body, published.version)


async def save_draft(connection: Connection, body: Body, seen: Draft, actor: Actor, now: datetime) -> int:
    """Save `body` over the draft `seen`; the new version. Raises ChangedMeanwhile."""
    if seen.version:
        saved: int | None = await connection.fetchval(SQL["save_draft"], body, seen.base, actor.name, now, seen.version)
    else:
        saved = await connection.fetchval(SQL["begin_draft"], body, seen.base, actor.name, now)
    if saved is None:
        raise ChangedMeanwhile("the draft was changed meanwhile")
    return saved


async def discard_draft(connection: Connection, version: int, actor: Actor, now: datetime) -> None:
    """Throw the draft away; raises ChangedMeanwhile."""
    if await connection.fetchval(SQL["discard_draft"], version) is None:
        raise ChangedMeanwhile("the draft was changed meanwhile")
    await record(connection, actor, Deed("plan.draft_discarded", "plan", "draft"), now)


async def publish_draft(
    connection: Connection, seen: Draft, in_force: int, note: str, changes: Sequence[str], actor: Actor, now: datetime
) -> int:
    """Put the draft `seen` in force in the place of version `in_force`; raises ChangedMeanwhile."""
    await connection.execute(SQL["lock_plans"])
    if (await plan_in_force(connection)).version != in_force:
        raise ChangedMeanwhile("another plan was published meanwhile")
    if seen.version and await connection.fetchval(SQL["discard_draft"], seen.version) is None:
        raise ChangedMeanwhile("the draft was changed meanwhile")
    return await _publish(connection, "plan.published", seen.body, in_force, note, changes, actor, now)


async def restore(
    connection: Connection, old: Published, note: str, changes: Sequence[str], actor: Actor, now: datetime
) -> int:
    """Publish an old version's body as a new version."""
    await connection.execute(SQL["lock_plans"])
    in_force = (await plan_in_force(connection)).version
    return await _publish(connection, "plan.restored", old.body, in_force, note, changes, actor, now)


async def _publish(
    connection: Connection,
    action: str,
    body: Body,
    before: int,
    note: str,
    changes: Sequence[str],
    actor: Actor,
    now: datetime,
) -> int:
    version: int = await connection.fetchval(SQL["publish"], body, actor.person_id, note, now)
    after: dict[str, Any] = {"version": version, "note": note, "changes": list(changes)[:100]}
    await record(connection, actor, Deed(action, "plan", str(version), {"version": before}, after), now)
    return version
