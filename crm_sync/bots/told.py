"""Bots as a call's page names them: whom each told of the call, by the messages it has shown."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from crm_sync.bots.kinds import KINDS
from crm_sync.bots.saying import kind_of
from crm_sync.bots.store import all_bots
from crm_sync.bots.telling import CARD, SQL, stream_of
from trunkline.db.types import Connection
from trunkline.outbox.told import System
from trunkline.web.i18n import mark


async def _names(kind: str, connection: Connection) -> Mapping[UUID, str]:
    """By the messenger: there is one of each."""
    return {one.id: KINDS[kind].title for one in await all_bots(connection) if one.kind == kind}


async def _cards(kind: str, connection: Connection, call: UUID) -> Mapping[str, str]:
    """Each employee's message of the call is a stream of its own."""
    rows = await connection.fetch(SQL["told_cards"], call)
    return {stream_of(row, call): f"{KINDS[kind].title} · {row['name']}" for row in rows if row["kind"] == kind}


BOTS: Final = tuple(
    System(kind, partial(_names, kind), {kind_of(kind, CARD): mark("who calls")}, partial(_cards, kind))
    for kind in KINDS
)
