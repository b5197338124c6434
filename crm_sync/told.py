"""CRMs as a call's page names them, and what each was told of the call."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from crm_sync.kinds import TOLD
from crm_sync.store import list_connectors
from trunkline.db.types import Connection
from trunkline.outbox.told import System


async def _names(kind: str, connection: Connection) -> Mapping[UUID, str]:
    """By what the company calls each."""
    return {one.id: one.name for one in await list_connectors(connection) if one.kind == kind}


SYSTEMS: Final[Mapping[str, System]] = {
    name: System(name, partial(_names, name), kind.event_words) for name, kind in TOLD.items()
}
"""By the names of the kinds."""
