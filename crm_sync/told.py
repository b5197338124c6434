"""CRMs as a call's page names them, and what each was told of the call."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from crm_sync.chat2desk import telling as chat2desk
from crm_sync.chat2desk.store import find_account
from crm_sync.kinds import TOLD
from crm_sync.store import list_connectors
from trunkline.db.types import Connection
from trunkline.outbox.told import System
from trunkline.web.i18n import mark


async def _names(kind: str, connection: Connection) -> Mapping[UUID, str]:
    """By what the company calls each."""
    return {one.id: one.name for one in await list_connectors(connection) if one.kind == kind}


async def _chat2desk(connection: Connection) -> Mapping[UUID, str]:
    """The one account."""
    known = await find_account(connection)
    return {} if known is None else {known.id: "Chat2Desk"}


SYSTEMS: Final[Mapping[str, System]] = {
    name: System(name, partial(_names, name), kind.event_words) for name, kind in TOLD.items()
}
"""By the names of the kinds."""
CHAT2DESK: Final = System(
    "chat2desk",
    _chat2desk,
    {
        chat2desk.CALL: mark("a comment in the dialogue"),
        chat2desk.RECORD: mark("its recording"),
    },
)
