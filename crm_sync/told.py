"""CRMs as a call's page names them, and what each was told of the call."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from crm_sync.amocrm.news import CALL, CARD
from crm_sync.amocrm.news import RECORD as LINKED
from crm_sync.bitrix24.news import CARDS, FINISHED, REGISTERED
from crm_sync.chat2desk import telling as chat2desk
from crm_sync.chat2desk.store import find_account
from crm_sync.generic.fields import ANSWERED, BEGUN, ENDED, RECORDING, TEXT
from crm_sync.generic.news import KINDS
from crm_sync.records import RECORD, TRANSCRIPT
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


BITRIX24: Final = System(
    "bitrix24",
    partial(_names, "bitrix24"),
    {
        REGISTERED: mark("that it began"),
        CARDS: mark("before whom its card is open"),
        FINISHED: mark("how it ended"),
        RECORD: mark("its recording"),
        TRANSCRIPT: mark("its text"),
    },
)
AMOCRM: Final = System(
    "amocrm",
    partial(_names, "amocrm"),
    {
        CARD: mark("before whom its card is open"),
        CALL: mark("how it ended"),
        LINKED: mark("its recording"),
    },
)
GENERIC: Final = System(
    "generic",
    partial(_names, "generic"),
    {
        KINDS[BEGUN]: mark("that it began"),
        KINDS[ANSWERED]: mark("that it was answered"),
        KINDS[ENDED]: mark("how it ended"),
        KINDS[RECORDING]: mark("its recording"),
        KINDS[TEXT]: mark("its text"),
    },
)
CHAT2DESK: Final = System(
    "chat2desk",
    _chat2desk,
    {
        chat2desk.CALL: mark("a comment in the dialogue"),
        chat2desk.RECORD: mark("its recording"),
    },
)
