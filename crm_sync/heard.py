"""What CRMs told us as rows, each event once: only what a CRM proved to have said itself."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.amocrm.hints import HINTED, hinted
from crm_sync.bitrix24.events import CLICKED, PortalEvent, key_of
from trunkline.crypto import token_hash
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

log = get_logger(__name__)

SQL: Final = load_queries("crm_sync", "events.sql")
EVENTS_WAKE: Final = "trunkline:wake:crm-events"
HINTS_WAKE: Final = "trunkline:wake:crm-hints"
_NO_TOKEN: Final = token_hash("")


class EventApplier:
    """Applies records of the kind CRM; one that comes again changes nothing."""

    kinds: Final = frozenset({int(Kind.CRM)})

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Write them in the writer's transaction; connectors' rows are locked in their order."""
        heard, rejects = [], []
        for record in records:
            try:
                heard.append((msgspec.msgpack.decode(record.payload, type=PortalEvent), record.at))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejects.append(Reject(record, str(error)))
        heard.sort(key=lambda one: one[0].connector)
        wakes = set()
        for connector, group in groupby(heard, key=lambda one: one[0].connector):
            told = [(event, datetime.fromtimestamp(at, UTC)) for event, at in group]
            wakes |= {await _keep(connection, event, at) for event, at in told if event.name != HINTED}
            wakes.add(await _hint(connection, connector, [one for one in told if one[0].name == HINTED]))
        return Applied(rejects, frozenset(wakes - {""}))

    def rounds(self, records: Sequence[Record]) -> int:
        """Each connector's row once, in order."""
        return 1 if records else 0

    def forget(self) -> None:
        """Nothing is remembered."""


async def _keep(connection: Connection, event: PortalEvent, at: datetime) -> str:
    """Who is woken where it is new, and the CRM's own; empty for nobody."""
    row = await connection.fetchrow(SQL["hook"], event.connector)
    why = "no such CRM, or it is not told of calls" if row is None else _mistrusted(event, row)
    if why:
        log.warning("crm_event_refused", connector=str(event.connector), why=why)
        return ""
    kind = "click" if event.name == CLICKED else "callback"
    await connection.execute(SQL["trust"], event.connector, event.member, event.token_hash)
    values = (event.connector, key_of(event), kind, at, event.said)
    return EVENTS_WAKE if await connection.fetchval(SQL["add_event"], *values) is not None else ""


async def _hint(connection: Connection, connector: UUID, events: Sequence[tuple[PortalEvent, datetime]]) -> str:
    """Nobody signs these: of a CRM that is read they tell what to ask it for, of any other nothing.

    All of a connector in one statement: one after another their rows would be locked in no order, and who ends hints
    meanwhile in another.
    """
    told = [(entity, identifier, at) for event, at in events for entity, identifier in hinted(event.said)]
    if not told:
        return ""
    columns = ([entity for entity, _, _ in told], [identifier for _, identifier, _ in told], [at for _, _, at in told])
    kept = await connection.fetch(SQL["add_hints"], connector, *columns)
    return HINTS_WAKE if kept else ""


def _mistrusted(event: PortalEvent, row: asyncpg.Record) -> str:
    """Why it is not the portal's own; the first event after a sign-in tells the application's token.

    Whoever sends that one knows the secret of the address and the portal's id, which only the portal was told both.
    """
    if not event.member or hmac.compare_digest(event.token_hash, _NO_TOKEN):
        return "without the application's token"
    if row["member_id"] and not hmac.compare_digest(row["member_id"].encode(), event.member.encode()):
        return "another portal's"
    if row["token_hash"] is not None and not hmac.compare_digest(row["token_hash"], event.token_hash):
        return "not signed with the application's token"
    return ""
