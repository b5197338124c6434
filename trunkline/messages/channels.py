"""Channels as the outbox knows them: what is told becomes a delivery, in the transaction that says that it is told.

The deliverer of chats stands with the bots, that of rooms in rooms.py; e-mail goes by letters.py, webhooks by theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from trunkline.db.types import Connection
from trunkline.leads.touching import hold_people
from trunkline.messages.rule import Channel
from trunkline.messages.store import SQL, dialogs_of
from trunkline.notices import store as notices
from trunkline.notices.notice import Notice, NoticeKind
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.people.audit import Actor, Deed, record
from trunkline.webhooks.store import Announcement, announce

EMAIL_KIND: Final = "message.email"
CHAT_KIND: Final = "message.chat"
ROOM_KIND: Final = "message.room"
DIALOG_KIND: Final = "message.dialog"
EVENT: Final = "message.told"
"""What receivers of webhooks subscribe to."""
_ACTOR: Final = Actor(None, "trunkline worker", "rules")
_ONE_DELIVERY: Final = frozenset({Channel.EMAIL, Channel.CHAT, Channel.ROOM, Channel.DIALOG})
_NEVER_MAILED: Final = timedelta(days=3650)
"""A notice of a rule is not sent by e-mail as well: a rule that wants that says so."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One or more messages that go to one recipient by one channel together."""

    rows: Sequence[asyncpg.Record]
    texts: Sequence[str]

    @property
    def first(self) -> asyncpg.Record:
        return self.rows[0]

    @property
    def delivery(self) -> str | None:
        """The name of its delivery; a notice has none, a webhook one for each receiver."""
        channel = Channel(self.first["channel"])
        return f"message:{self.first['id']}" if channel in _ONE_DELIVERY else None

    @property
    def text(self) -> str:
        """All of it, a paragraph each."""
        return "\n\n".join(self.texts)


async def hold_clients(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    """Their leads are held as calls hold them, all at once and in one order: else two could wait for each other."""
    phones = {row["phone"] for row in rows if row["channel"] == Channel.TASK} - {""}
    if phones:
        await hold_people(connection, phones)


async def hand_over(connection: Connection, parcel: Parcel, now: datetime) -> list[Notice] | None:
    """To its channel; returns the notices to spread after the commit, None where nobody is there to take it.

    Who delivers to chats of clients stands with Chat2Desk.
    """
    match Channel(parcel.first["channel"]):
        case Channel.CARD | Channel.TASK:
            return await _notify(connection, parcel, now)
        case Channel.WEBHOOK:
            return [] if await _announce(connection, parcel, now) else None
        case Channel.EMAIL:
            to = parcel.first["address"]
            client = {"client": str(parcel.first["contact_id"] or "")} if parcel.first["client"] else {}
            await _append(connection, parcel, f"mail:{to}", EMAIL_KIND, now, to=to, **client)
        case Channel.CHAT:
            person = str(parcel.first["person_id"])
            bot = await connection.fetchrow(SQL["bot_to_write_by"], UUID(person))
            named = {} if bot is None else {"messenger": bot["kind"], "bot": str(bot["id"])}
            await _append(connection, parcel, f"chat:{person}", CHAT_KIND, now, person=person, **named)
        case Channel.DIALOG:
            return [] if await _write_to_client(connection, parcel, now) else None
        case Channel.ROOM:
            room = str(parcel.first["room_id"])
            await _append(connection, parcel, f"room:{room}", ROOM_KIND, now, room=room)
    return []


async def _write_to_client(connection: Connection, parcel: Parcel, now: datetime) -> bool:
    """In the dialogue where he writes by now; false where he does not."""
    first = parcel.first
    found = await dialogs_of(connection, [(first["contact_id"], first["phone"])])
    if not found:
        return False
    to = {"dialog": found[0], "client": str(first["contact_id"] or ""), "phone": first["phone"]}
    await _append(connection, parcel, f"chat2desk:client:{found[0]}", DIALOG_KIND, now, **to)
    return True


async def _append(connection: Connection, parcel: Parcel, stream: str, kind: str, now: datetime, **to: str) -> None:
    first = parcel.first
    payload = {
        **to,
        "subject": first["rule_name"],
        "text": parcel.text,
        "at": now.isoformat(),
        # Clients have no page of ours to look at; several together are found in the list.
        "page": "" if first["client"] or first["person_id"] is None else page_of(parcel),
    }
    await append_many(connection, [NewEvent(stream, kind, parcel.delivery or "", payload)])


def page_of(parcel: Parcel) -> str:
    """Where who is told says that he has seen to it."""
    return f"/messages/{parcel.first['id']}" if len(parcel.rows) == 1 else "/messages"


async def _announce(connection: Connection, parcel: Parcel, now: datetime) -> int:
    told = []
    for row, text in zip(parcel.rows, parcel.texts, strict=True):
        to: dict[str, Any] = {
            "kind": "client" if row["client"] else "person",
            "id": str(row["contact_id"] if row["client"] else row["person_id"] or "") or None,
            "name": row["recipient_name"],
            "phone": row["phone"] if row["client"] else None,
            "email": row["address"] or None,
        }
        data = {"message": str(row["id"]), "rule": row["rule_name"], "happened": row["kind"], "to": to, "text": text}
        subject = f"message:{row['recipient']}"
        told.append(Announcement(EVENT, subject, f"message:{row['id']}", now, data))
    return await announce(connection, told)


async def _notify(connection: Connection, parcel: Parcel, now: datetime) -> list[Notice]:
    told: list[Notice] = []
    for row, text in zip(parcel.rows, parcel.texts, strict=True):
        if row["channel"] == Channel.TASK:
            await _plan_call(connection, row, now)
        facts = {"text": text}
        told += await notices.tell(
            connection, [row["person_id"]], NoticeKind.MESSAGE_TOLD, row["id"], facts, now, _NEVER_MAILED
        )
    return told


async def _plan_call(connection: Connection, row: asyncpg.Record, now: datetime) -> UUID | None:
    """The client's open lead stands on its owner's list from now on."""
    lead: UUID | None = await connection.fetchval(SQL["call_by_task"], row["contact_id"], row["phone"], now)
    if lead is not None:
        deed = Deed("lead.changed", "lead", str(lead), None, {"next_call_at": now.isoformat()})
        await record(connection, _ACTOR, deed, now)
    return lead
