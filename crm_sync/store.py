"""Connectors as rows, and each call's way in each CRM."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from crm_sync.connector import Connector
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("crm_sync")


class CallThere(msgspec.Struct, frozen=True):
    """How far a call came in a CRM; `seats` are the extensions in it now, `shown` who there has its card open."""

    phone: str
    line: str
    outgoing: bool
    started_at: datetime
    seats: tuple[str, ...]
    user_id: int | None
    remote_id: str | None
    shown: frozenset[int]
    finished_at: datetime | None
    goes_on: bool


async def list_connectors(connection: Connection) -> list[Connector]:
    """All by name."""
    return [Connector(**dict(row)) for row in await connection.fetch(SQL["connectors"], None, None)]


async def find_connector(
    connection: Connection, identifier: UUID | None = None, *, name: str | None = None
) -> Connector:
    """One, by its id or by its name; raises NotFound."""
    row = await connection.fetchrow(SQL["connectors"], identifier, name)
    if row is None:
        raise NotFound(_("There is no such CRM."))
    return Connector(**dict(row))


async def call_there(connection: Connection, connector: UUID, call: UUID) -> CallThere:
    """One; raises NotFound."""
    row = await connection.fetchrow(SQL["call"], connector, call)
    if row is None:
        raise NotFound("the call was never noted for this CRM")
    return msgspec.convert(dict(row), CallThere)
