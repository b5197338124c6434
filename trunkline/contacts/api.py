"""`/api/v1/contacts` and `/api/v1/spam`: lists with cursor paging, adding, changing and taking out."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.calls.phone import NamedKind, Number, mask, parse
from trunkline.contacts.rows import cleaned
from trunkline.contacts.store import (
    NewContact,
    StoredContact,
    delete_contact,
    delete_spam,
    find_contact,
    list_contacts,
    list_spam,
    put_contact,
    put_spam,
)
from trunkline.directory.values import ContactClass
from trunkline.errors import Forbidden, InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_of, page_size

_SOURCE = "api"

Text = Annotated[str, msgspec.Meta(max_length=300)]
City = Annotated[str, msgspec.Meta(max_length=100)]
Note = Annotated[str, msgspec.Meta(max_length=2000)]


class ContactBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted; a contact posted again under its `external_id` is replaced."""

    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    phones: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20)]
    company: Text | None = None
    klass: ContactClass = msgspec.field(default=ContactClass.UNKNOWN, name="class")
    responsible: UUID | None = None
    deputy: UUID | None = None
    email: Text | None = None
    vip: bool = False
    overdue: Decimal | None = None
    note: Note = ""
    city: City = ""


class SpamBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted."""

    number: str
    votes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    note: Note = ""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/contacts", show_contacts),
        web.post("/api/v1/contacts", receive_contact),
        web.get("/api/v1/contacts/{id}", show_contact),
        web.delete("/api/v1/contacts/{id}", remove_contact),
        web.get("/api/v1/spam", show_spam),
        web.post("/api/v1/spam", receive_spam),
        web.delete("/api/v1/spam/{number}", remove_spam),
    ]


async def show_contacts(request: web.Request) -> web.Response:
    """`GET ?number=&name=&limit=&cursor=`: a page of contacts."""
    size = page_size(request.query.get("limit"))
    number = _number(request.query["number"], "number") if request.query.get("number") else None
    name = request.query.get("name", "").strip()[:100]
    after = decode_cursor(request.query.get("cursor"), UUID)
    async with request.app[pool_key].acquire() as connection:
        found = await list_contacts(connection, number=number, name=name or None, after=after, limit=size + 1)
    page = page_of(found, size, lambda contact: contact.id)
    return json_answer({"items": [_seen_by(request, contact) for contact in page.rows], "next": page.next_cursor})


async def show_contact(request: web.Request) -> web.Response:
    """`GET`: one contact."""
    identifier = _identifier(request)
    async with request.app[pool_key].acquire() as connection:
        contact = await find_contact(connection, identifier)
    if contact is None:
        raise NotFound(_("There is no such contact."))
    return json_answer(_seen_by(request, contact))


async def receive_contact(request: web.Request) -> web.Response:
    """`POST`: add or replace one contact; its debt only with the right to see money."""
    body = await read_json(request, ContactBody)
    if body.overdue is not None and not signed_in(request).holds(Right.MONEY_READ):
        raise Forbidden(f"overdue needs the right {Right.MONEY_READ.value}")
    name = cleaned(body.name)
    if not name:
        raise InvalidInput(Mistake("$.name", "must not be empty"))
    contact = NewContact(
        name=name,
        phones=list(dict.fromkeys(_number(text, f"$.phones[{place}]") for place, text in enumerate(body.phones))),
        source=_SOURCE,
        external_id=body.external_id,
        company=None if body.company is None else cleaned(body.company),
        klass=body.klass,
        responsible=body.responsible,
        deputy=body.deputy,
        email=None if body.email is None else cleaned(body.email),
        vip=body.vip,
        overdue=_roubles(body.overdue),
        note="\n".join(map(cleaned, body.note.splitlines())),
        city=cleaned(body.city),
    )
    async with transaction(request) as connection:
        identifier = await put_contact(connection, contact)
        stored = await find_contact(connection, identifier)
        await record(connection, actor_of(request), Deed("contact.changed", "contact", str(identifier)), now())
    assert stored is not None
    return json_answer(_seen_by(request, stored))


async def remove_contact(request: web.Request) -> web.Response:
    """`DELETE`: take a contact out; the history keeps it."""
    identifier = _identifier(request)
    async with transaction(request) as connection:
        if not await delete_contact(connection, identifier):
            raise NotFound(_("There is no such contact."))
        await record(connection, actor_of(request), Deed("contact.removed", "contact", str(identifier)), now())
    return web.Response(status=204)


async def show_spam(request: web.Request) -> web.Response:
    """`GET ?source=&prefix=&limit=&cursor=`: a page of spam numbers."""
    size = page_size(request.query.get("limit"))
    prefix = request.query.get("prefix", "").strip()
    if prefix and not (prefix.removeprefix("+").isdecimal() and len(prefix) <= 16):
        raise InvalidInput(Mistake("prefix", "must be the first digits of a number, e.g. +7495"))
    async with request.app[pool_key].acquire() as connection:
        found = await list_spam(
            connection,
            source=request.query.get("source") or None,
            prefix=f"+{prefix.removeprefix('+')}" if prefix else None,
            after=decode_cursor(request.query.get("cursor"), str),
            limit=size + 1,
        )
    page = page_of(found, size, lambda entry: entry.number)
    return json_answer({"items": page.rows, "next": page.next_cursor})


async def receive_spam(request: web.Request) -> web.Response:
    """`POST`: add a number (201) or change what is said of it (200)."""
    body = await read_json(request, SpamBody)
    number = _number(body.number, "$.number")
    async with transaction(request) as connection:
        added = await put_spam(connection, number, source=_SOURCE, votes=body.votes, note=body.note)
        await record(connection, actor_of(request), Deed("spam.added", "spam", mask(number)), now())
    return json_answer({"number": number, "added": added}, status=201 if added else 200)


async def remove_spam(request: web.Request) -> web.Response:
    """`DELETE`: take a number off the list."""
    number = _number(request.match_info["number"], "number")
    async with transaction(request) as connection:
        if not await delete_spam(connection, number):
            raise NotFound(_("This number is not on the list."))
        await record(connection, actor_of(request), Deed("spam.removed", "spam", mask(number)), now())
    return web.Response(status=204)


def _number(text: str, path: str) -> Number:
    number = parse(text)
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake(path, "must be a full phone number, e.g. +79161234567"))
    return number


def _roubles(amount: Decimal | None) -> Decimal | None:
    if amount is not None and not (amount.is_finite() and 0 <= amount < Decimal(10) ** 12):
        raise InvalidInput(Mistake("$.overdue", "must be an amount of roubles from 0 to 999999999999.99"))
    return None if amount is None else round(amount, 2)


def _identifier(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such contact.")) from None


def _seen_by(request: web.Request, contact: StoredContact) -> StoredContact:
    """The contact without its debt for those who may not see money."""
    may_see = signed_in(request).holds(Right.MONEY_READ)
    return contact if may_see else msgspec.structs.replace(contact, overdue=None)
