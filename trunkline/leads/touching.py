"""Touches of clients become those of leads, one of a telephone × direction, whoever tells of them: calls and forms.

Everything here runs in the transaction of what tells of the touch, behind `hold_people`: two touches at once of one
telephone open one lead.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.leads.rules import InForce, clocks_from, is_working_time
from trunkline.leads.tag_rules import SQL as TAGS
from trunkline.leads.tagging import NOTHING, Facts, Tagged, tag
from trunkline.messages.happening import Kind
from trunkline.messages.store import happened_to_leads

SQL: Final = load_queries("trunkline.leads")


class Known(msgspec.Struct, frozen=True):
    """What the persons with a telephone have in common; `classes` is empty where there are none."""

    contact_id: UUID | None = None
    company_id: UUID | None = None
    responsible_id: UUID | None = None
    classes: frozenset[str] = frozenset()
    open_deal: bool = False


class NewLead(msgspec.Struct, frozen=True, kw_only=True):
    """A lead to be opened. `since` is when its clocks begin; `source` and `external_id` name it for ever.

    `phone` is empty where nobody told one; then there is an `email`.
    """

    id: UUID
    source: str
    external_id: str
    phone: str
    direction: str
    title: str
    opened_at: datetime
    since: datetime
    raw: Mapping[str, Any]
    known: Known
    email: str = ""
    line_id: UUID | None = None
    departments: Sequence[UUID] = ()


class NewTouch(msgspec.Struct, frozen=True, kw_only=True):
    """A touch; one of the same `source` and `external_id` is kept once.

    What follows `raw` is what rules of tags ask about beside (trunkline/leads/tagging.py).
    """

    source: str
    external_id: str
    lead_id: UUID | None
    contact_id: UUID | None
    call_id: UUID | None = None
    kind: str
    text: str = ""
    at: datetime
    raw: Mapping[str, Any]
    places: Sequence[str] = ()
    direction: str = ""
    channel: str = ""
    campaign: str = ""
    classes: frozenset[str] = frozenset()


async def hold_people(connection: Connection, phones: Iterable[str]) -> None:
    """Nobody else tells of these telephones until the transaction is over; call it once, before anything is read."""
    await connection.execute(SQL["hold_people"], sorted(set(phones)))


async def keys_of_leads(connection: Connection, leads: Iterable[UUID]) -> list[str]:
    """By what touches of these leads are held: telephones, address, chats; of one that has none, by itself."""
    rows = await connection.fetch(SQL["keys_of_leads"], list(leads))
    return [row["key"] for row in rows]


async def hold_leads(connection: Connection, leads: Iterable[UUID]) -> None:
    """No touch joins them, and nobody else acts on them, until the transaction is over; all of them at once."""
    await hold_people(connection, await keys_of_leads(connection, leads))


async def known_of(connection: Connection, phones: Iterable[str]) -> dict[str, Known]:
    """What contacts tell of each of these telephones; one that is no contact's is left out."""
    rows = [dict(row) for row in await connection.fetch(SQL["known_of"], sorted(set(phones)))]
    return {row.pop("phone"): Known(**row | {"classes": frozenset(row["classes"])}) for row in rows}


async def open_lead(connection: Connection, phone: str, direction: str | None) -> UUID | None:
    """The open lead of this telephone about this direction; None of it: about any, the newest."""
    found: UUID | None = await connection.fetchval(SQL["open_lead"], phone, direction)
    return found


async def add_lead(connection: Connection, lead: NewLead, rules: InForce) -> None:
    """Open it, with its clocks; it goes on with one of the same person and direction that was closed lately."""
    known = lead.known
    await connection.execute(
        SQL["add_lead"],
        *(lead.id, lead.source, lead.external_id, known.contact_id, known.company_id, known.responsible_id),
        *(lead.direction, lead.title, lead.phone, lead.opened_at, lead.raw, lead.line_id, lead.departments),
        *await clocks_from(connection, lead.since, rules),
        lead.email,
    )
    if rules.rules.reopen_days:
        who = (lead.id, lead.phone, lead.direction, lead.opened_at)
        await connection.execute(SQL["follow_earlier"], *who, rules.rules.reopen_days)
    await happened_to_leads(connection, Kind.LEAD_OPENED, [lead.id], lead.opened_at)


async def add_touch(connection: Connection, touch: NewTouch, rules: InForce) -> None:
    """Keep it, with the tags that the rules give it and its lead."""
    tagged = await tags_of(connection, touch, rules)
    raw = {**touch.raw, "tagged": tagged.rules} if tagged.rules else touch.raw
    await connection.execute(
        SQL["add_touch"],
        *(uuid7(touch.at.timestamp()), touch.source, touch.external_id, touch.lead_id, touch.contact_id, touch.call_id),
        *(touch.kind, touch.text, touch.at, raw, tagged.tags, tagged.category),
    )
    if touch.lead_id is not None and tagged.rules:
        await connection.execute(TAGS["note_tags"], touch.lead_id)


async def tags_of(connection: Connection, touch: NewTouch, rules: InForce) -> Tagged:
    """What the rules give such a touch."""
    if not rules.tags:
        return NOTHING
    asks_hours = any(rule.hours for rule in rules.tags)
    facts = Facts(
        kind=touch.kind,
        places=touch.places,
        direction=touch.direction,
        text=touch.text,
        channel=touch.channel,
        campaign=touch.campaign,
        classes=touch.classes,
        working=await is_working_time(connection, touch.at, rules) if asks_hours else True,
    )
    return tag(facts, rules.tags)
