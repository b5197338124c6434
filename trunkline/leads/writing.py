"""Letters and messages as touches of leads, in the transaction of whatever tells of them: mailboxes and chats.

A lead is of a telephone × direction; of who told no telephone, of his address × direction, until he tells one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.leads.deciding import Does
from trunkline.leads.rules import InForce
from trunkline.leads.touching import (
    Known,
    NewLead,
    NewTouch,
    add_lead,
    add_touch,
    hold_people,
    keys_of_leads,
    known_of,
    open_lead,
)
from trunkline.leads.written import Rule, Writer, decide
from trunkline.webhooks.store import Announcement, announce

SQL: Final = load_queries("trunkline.leads", "writing.sql")
LONGEST_TITLE: Final = 200


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Something written; one of the same `source` and `external_id` is kept once. `phones` in the order they were told.

    `about` is the lead of what it answers, where that is known; `place` is what it came by; `handle` names who tells
    neither a telephone nor an address.
    """

    source: str
    external_id: str
    kind: str
    phones: Sequence[str]
    email: str = ""
    handle: str = ""
    name: str = ""
    direction: str
    departments: Sequence[UUID] = ()
    title: str
    text: str
    at: datetime
    about: UUID | None = None
    place: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of it: the rule that counted, its lead, and whether programs are to be told of something."""

    rule: str
    lead: UUID | None
    told: bool


async def keep_message(connection: Connection, message: Message, rules: InForce) -> Kept:
    """Make it the touch that the table says; wake the outbox after the commit where something was told."""
    await hold_people(connection, await keys_of(connection, message))
    if await connection.fetchval(SQL["is_known"], message.source, message.external_id):
        return Kept("known", None, told=False)
    numbers = await _numbers(connection, message)
    ours = frozenset(await connection.fetchval(SQL["ours_of"], numbers) or ())
    phones = [number for number in numbers if number not in ours]
    known = await _known(connection, message, phones)
    writer = await _writer(connection, message, phones, known, await _still_open(connection, message.about))
    rule = decide(writer)
    if rule.does is Does.NOTHING:
        return Kept(rule.name, None, told=False)
    return await _touch(connection, message, phones, known, rule, rule.lead(writer), rules)


async def keys_of(connection: Connection, message: Message) -> set[str]:
    """By what its transaction holds people; for several messages all are held before the first is kept."""
    about = await keys_of_leads(connection, [message.about]) if message.about else ()
    keys = {*message.phones, message.email, message.handle, *await _numbers(connection, message)}
    return (keys | {*about}) - {""}


async def _numbers(connection: Connection, message: Message) -> list[str]:
    """Those he told, else that of the contact with his address, if he has one alone."""
    if message.phones or not message.email:
        return list(dict.fromkeys(message.phones))
    found: Sequence[str] = await connection.fetchval(SQL["phones_of_address"], message.email) or ()
    return list(found) if len(found) == 1 else []


async def _still_open(connection: Connection, lead: UUID | None) -> UUID | None:
    """Behind the locks: it may have been closed meanwhile."""
    found: UUID | None = await connection.fetchval(SQL["lead_of_thread"], lead) if lead else None
    return found


async def _known(connection: Connection, message: Message, phones: Sequence[str]) -> Known:
    """Who it is: an address is a person's own, a telephone in a letter may be his company's."""
    if message.email:
        row = await connection.fetchrow(SQL["known_of_address"], message.email)
        if row is not None and row["classes"]:
            return Known(**dict(row) | {"classes": frozenset(row["classes"])})
    found = await known_of(connection, phones) if phones else {}
    return next((found[phone] for phone in phones if phone in found), Known())


async def _writer(
    connection: Connection, message: Message, phones: Sequence[str], known: Known, thread: UUID | None
) -> Writer:
    phone_lead, direction = None, message.direction
    for phone in phones:
        phone_lead = phone_lead or await open_lead(connection, phone, direction)
    email_lead = None
    if message.email:
        email_lead = await connection.fetchval(SQL["open_lead_of_address"], message.email, direction, bool(phones))
    colleague = bool(message.email and await connection.fetchval(SQL["is_colleague"], message.email))
    his_own = bool(message.phones) and not message.email  # of a chat; what a letter tells may be quoted
    return Writer(
        colleague=colleague or (his_own and not phones),
        classes=known.classes,
        thread_lead=thread,
        phone_lead=phone_lead,
        email_lead=email_lead,
        open_deal=known.open_deal,
    )


async def _touch(
    connection: Connection,
    message: Message,
    phones: Sequence[str],
    known: Known,
    rule: Rule,
    lead: UUID | None,
    rules: InForce,
) -> Kept:
    told = False
    if rule.does is Does.OPEN:
        new = _new_lead(message, phones, known)
        await add_lead(connection, new, rules)
        told, lead = bool(await announce(connection, [_opened(message, new)])), new.id
    elif lead is not None:
        await connection.execute(SQL["learn"], lead, phones[0] if phones else None, message.email or None)
    await add_touch(
        connection,
        NewTouch(
            source=message.source,
            external_id=message.external_id,
            lead_id=lead,
            contact_id=known.contact_id,
            kind=message.kind,
            text=message.text,
            at=message.at,
            raw={**message.raw, "site": message.place, "rule": rule.name, "phones": list(phones)},
            places=(message.place,),
            direction=message.direction,
            classes=known.classes,
        ),
        rules,
    )
    return Kept(rule.name, lead, told)


def _new_lead(message: Message, phones: Sequence[str], known: Known) -> NewLead:
    return NewLead(
        id=uuid7(message.at.timestamp()),
        source=message.source,
        external_id=message.external_id,
        phone=phones[0] if phones else "",
        email=message.email,
        direction=message.direction,
        title=" · ".join(part for part in (message.title, message.name) if part)[:LONGEST_TITLE],
        opened_at=message.at,
        since=message.at,
        raw=message.raw,
        known=known,
        departments=message.departments,
    )


def _opened(message: Message, lead: NewLead) -> Announcement:
    data = {
        "id": str(lead.id),
        "phone": lead.phone,
        "email": lead.email,
        "direction": lead.direction,
        "kind": message.kind,
        "place": message.place,
        "title": lead.title,
    }
    return Announcement("lead.added", f"lead:{lead.id}", f"lead.added:{lead.id}", message.at, data)
