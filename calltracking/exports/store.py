"""Destinations as rows, and what is to be told to each, written in the transaction in which it happened."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.exports.conversion import Conversion, Target
from calltracking.exports.destination import KINDS, Destination, DestinationFields, checked
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("calltracking.exports")


async def list_destinations(connection: Connection) -> list[Destination]:
    """All by name."""
    return [Destination(**dict(row)) for row in await connection.fetch(SQL["destinations"], None)]


async def find_destination(connection: Connection, identifier: UUID) -> Destination:
    """One; raises NotFound."""
    row = await connection.fetchrow(SQL["destinations"], identifier)
    if row is None:
        raise NotFound(_("There is no such destination."))
    return Destination(**dict(row))


async def save_destination(
    connection: Connection,
    box: SecretBox,
    known: Destination | None,
    told: DestinationFields,
    actor: Actor,
    now: datetime,
) -> UUID:
    """A new one, or all of a known one but its kind; raises InvalidInput."""
    if known is not None:
        told = msgspec.structs.replace(told, kind=known.kind)
    told = checked(told, known)
    sealed = box.seal(told.secret.encode()) if told.secret else None
    identifier = known.id if known else uuid7(now.timestamp())
    values = (told.name, told.site, told.account, told.goal, told.least, told.active, sealed)
    try:
        async with connection.transaction():
            if known is None:
                await connection.execute(SQL["add_destination"], identifier, told.kind, *values)
            else:
                await connection.execute(SQL["change_destination"], identifier, *values)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is a destination of this name already"))) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("site", _("There is no such site."))) from error
    after = {name: value for name, value in msgspec.to_builtins(told).items() if name != "secret"}
    after["secret"] = "changed" if told.secret else "kept"
    await record(connection, actor, Deed("export.saved", "export", str(identifier), after=after), now)
    return identifier


async def confirm_abroad(
    connection: Connection, known: Destination, yes: bool, by: str, actor: Actor, now: datetime
) -> None:
    """An administrator says that data may be sent abroad, or may not any more: then it is switched off."""
    await connection.execute(SQL["confirm_abroad"], known.id, now if yes else None, by if yes else "")
    deed = Deed("export.abroad_confirmed" if yes else "export.abroad_taken_back", "export", str(known.id))
    await record(connection, actor, deed, now)


async def remove_destination(connection: Connection, known: Destination, actor: Actor, now: datetime) -> None:
    """With all that waits for it."""
    await connection.fetchval(SQL["remove_destination"], known.id)
    await record(connection, actor, Deed("export.removed", "export", str(known.id), {"name": known.name}), now)


async def target_of(connection: Connection, box: SecretBox, known: Destination, link: str) -> Target:
    """With its secret open; raises WrongKey."""
    sealed = await connection.fetchval(SQL["secret_of"], known.id)
    return Target(known.account, known.goal, box.open(sealed).decode() if sealed else "", link)


async def add_exports(connection: Connection, told: Sequence[tuple[UUID | None, Conversion]]) -> None:
    """Each conversion, of the site beside it, for every destination in use that takes it; each once for ever."""
    if not told:
        return
    places = await connection.fetch(SQL["active_destinations"])
    rows: list[tuple[Any, ...]] = []
    for site, one in told:
        for place in places:
            exporter = KINDS[place["kind"]].exporter
            if one.kind not in exporter.takes or place["site_id"] not in {None, site}:
                continue
            why = one.never or ("unsure" if one.confidence * 100 < place["least"] else exporter.unfit(one, one.at))
            state = "unfit" if why else "waiting"
            at = datetime.fromtimestamp(one.at, UTC)
            rows.append((uuid7(one.at), place["id"], one.subject, at, msgspec.to_builtins(one), state, why))
    if rows:
        await connection.execute(SQL["add_exports"], *map(list, zip(*rows, strict=True)))
