"""Messages of chats as rows: each once, with its touch and its lead, in the writer's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.chats.chat2desk import ChatRecord
from trunkline.chats.store import SQL
from trunkline.db.types import Connection
from trunkline.leads.rules import LeadRulesOf, usual_lead_rules
from trunkline.leads.touching import hold_people
from trunkline.leads.writing import Message, keep_message, keys_of
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

SOURCE: Final = "chat"


class ChatApplier:
    """Applies records of the kind CHAT; one that comes again changes nothing."""

    kinds: Final = frozenset({int(Kind.CHAT)})

    def __init__(self, leads: LeadRulesOf = usual_lead_rules) -> None:
        self._leads = leads

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Write them; what is for an inbox that is gone or switched off is dropped."""
        heard, rejects = [], []
        for record in records:
            try:
                heard.append((msgspec.msgpack.decode(record.payload, type=ChatRecord), record.at))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejects.append(Reject(record, str(error)))
        return Applied(rejects, await self._keep(connection, heard))

    def rounds(self, records: Sequence[Record]) -> int:
        """Inboxes in their order, then telephones, then the webhooks' streams."""
        return 3 if records else 0

    def forget(self) -> None:
        """Nothing is remembered."""

    async def _keep(self, connection: Connection, heard: Sequence[tuple[ChatRecord, float]]) -> frozenset[str]:
        rows = await connection.fetch(SQL["heard"], sorted({one.inbox for one, _ in heard})) if heard else []
        inboxes = {row["id"]: row for row in rows}
        taken = [(one, datetime.fromtimestamp(at, UTC)) for one, at in heard if one.inbox in inboxes]
        if not taken:
            return frozenset()
        rules = await self._leads(connection)
        leads = await _leads_of(connection, [one for one, _ in taken])
        messages = [_message(one, at, inboxes[one.inbox], leads.get((one.inbox, one.client))) for one, at in taken]
        # All at once: a second round of locks may meet somebody who has them the other way round.
        await hold_people(connection, {key for message in messages for key in await keys_of(connection, message)})
        await connection.execute(SQL["note_numbers"], *_numbers(taken))
        told = False
        for (one, at), message in zip(taken, messages, strict=True):
            about = leads.get((one.inbox, one.client))
            kept = await keep_message(connection, msgspec.structs.replace(message, about=about), rules)
            told |= kept.told
            if kept.lead is not None and kept.lead != about:
                await connection.execute(SQL["note_lead"], one.inbox, one.client, kept.lead)
                leads[one.inbox, one.client] = kept.lead
            await connection.execute(SQL["note_heard"], one.inbox, at)
        return frozenset({OUTBOX_WAKE}) if told else frozenset()


def _numbers(taken: Sequence[tuple[ChatRecord, datetime]]) -> tuple[list[object], ...]:
    """Telephones of who wrote, each once, in one order for all: columns of `note_numbers`."""
    found: dict[tuple[UUID, str, str], tuple[bool, datetime]] = {}
    for one, at in taken:
        for place, phone in enumerate(one.phones):
            key = (one.inbox, one.client, phone)
            was_own, was_at = found.get(key, (False, at))
            found[key] = (was_own or (one.is_own and place == 0), max(was_at, at))
    rows = [(*key, *told) for key, told in sorted(found.items())]
    return tuple([row[column] for row in rows] for column in range(5))


async def _leads_of(connection: Connection, records: Sequence[ChatRecord]) -> dict[tuple[UUID, str], UUID]:
    asked = [one.inbox for one in records], [one.client for one in records]
    rows = await connection.fetch(SQL["leads_of"], *asked)
    return {(row["inbox_id"], row["client"]): row["lead_id"] for row in rows}


def _message(one: ChatRecord, at: datetime, inbox: asyncpg.Record, about: UUID | None) -> Message:
    department = inbox["department_id"]
    return Message(
        source=SOURCE,
        external_id=f"{one.inbox}:{one.message}",
        kind="chat",
        phones=one.phones,
        handle=f"{one.inbox}:{one.client}",
        name=one.name,
        direction=inbox["direction"],
        departments=[department] if department else [],
        title=inbox["name"],
        text=one.text,
        at=at,
        about=about,
        place=inbox["name"],
        raw={"inbox": str(one.inbox), "client": one.client, "name": one.name, "transport": one.transport},
    )
