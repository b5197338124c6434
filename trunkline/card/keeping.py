"""What is kept of a card: who it was of several, notes, wrap-ups."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.card.wrap_up import WrapUp, WrapUpForm
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.people.identity import Identity

_SQL: Final = load_queries("trunkline.card", "keeping.sql")
_FORM: Final = msgspec.json.Decoder(WrapUpForm)


class WrittenWrapUp(msgspec.Struct, frozen=True):
    """A wrap-up as others read it."""

    person: str
    topic: str
    other: str
    transferred_to: str
    department: str
    result: str
    next_step: str
    call_back_at: datetime | None
    updated_at: datetime


class CallBack(msgspec.Struct, frozen=True):
    """A promise to call somebody back."""

    call_id: UUID
    client: str
    topic: str
    other: str
    next_step: str
    call_back_at: datetime
    names: list[str]
    """Of all contacts with his number."""


async def choose_contact(connection: Connection, call: UUID, number: str, contact: UUID, person: str) -> bool:
    """Keep who of those that share `number` called; False where he is not among them (any more)."""
    return await connection.fetchval(_SQL["choose_contact"], call, contact, number, person) is not None


async def add_note(
    connection: Connection, author: Identity, text: str, *, contact: UUID | None, number: str, call: UUID | None
) -> UUID | None:
    """Keep a note; the contact it is kept with, None where it is kept with the number alone."""
    kept: UUID | None = await connection.fetchval(
        _SQL["add_note"], uuid7(time.time()), contact, number or None, call, author.person, author.name, text
    )
    return kept


async def wrap_up_form(connection: Connection, call: UUID, person: UUID) -> WrapUpForm:
    """What the form of this person's wrap-up offers and has."""
    return _FORM.decode(await connection.fetchval(_SQL["wrap_up_form"], call, person))


async def put_wrap_up(connection: Connection, call: UUID, client: str, person: UUID, told: WrapUp) -> None:
    """Keep a wrap-up, in place of the one before."""
    await connection.execute(
        _SQL["put_wrap_up"], call, person, client, told.topic, told.other, told.transferred_to, told.result,
        told.next_step, told.call_back_at,
    )  # fmt: skip


async def wrap_ups_of(connection: Connection, call: UUID) -> Sequence[WrittenWrapUp]:
    """What was written down of a call."""
    return [WrittenWrapUp(**row) for row in await connection.fetch(_SQL["wrap_ups_of"], call)]


async def due_call_backs(connection: Connection, person: UUID, by: datetime | None = None) -> Sequence[CallBack]:
    """Whom this person promised a call by then, or ever, and nobody has talked with since; at most 50."""
    return [CallBack(**row) for row in await connection.fetch(_SQL["due_call_backs"], person, by)]
