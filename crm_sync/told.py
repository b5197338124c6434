"""CRMs as a call's page names them, and what each was told of the call."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from crm_sync.records import RECORD, TRANSCRIPT
from crm_sync.store import list_connectors
from crm_sync.telling import CARDS, FINISHED, REGISTERED
from trunkline.db.types import Connection
from trunkline.outbox.told import System
from trunkline.web.i18n import mark

_BITRIX24: Final = "bitrix24"


async def names(connection: Connection) -> Mapping[UUID, str]:
    """By what the company calls each."""
    return {one.id: one.name for one in await list_connectors(connection) if one.kind == _BITRIX24}


BITRIX24: Final = System(
    _BITRIX24,
    names,
    {
        REGISTERED: mark("that it began"),
        CARDS: mark("before whom its card is open"),
        FINISHED: mark("how it ended"),
        RECORD: mark("its recording"),
        TRANSCRIPT: mark("its text"),
    },
)
