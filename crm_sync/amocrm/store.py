"""A call's way in an account, as its row keeps it."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound

SQL: Final = load_queries("crm_sync.amocrm")


class CallThere(msgspec.Struct, frozen=True):
    """How far a call came: sent to `entity` at `tried_at` without an answer so far, or there since `finished_at`."""

    phone: str
    line: str
    outgoing: bool
    started_at: datetime
    entity: str
    tried_at: datetime | None
    finished_at: datetime | None


async def call_there(connection: Connection, connector: UUID, call: UUID) -> CallThere:
    """One; raises NotFound."""
    row = await connection.fetchrow(SQL["call"], connector, call)
    if row is None:
        raise NotFound("the call was never noted for this CRM")
    return msgspec.convert(dict(row), CallThere)
