"""`/contacts` and `/contacts/{id}`: who calls us, and who of us is responsible for him."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aiohttp import web

from trunkline.calls.phone import NamedKind, parse
from trunkline.contacts.store import (
    ContactChange,
    StoredContact,
    agents,
    change_contact,
    contacts_numbered,
    find_contact,
    list_contacts,
)
from trunkline.db.types import Connection
from trunkline.dialing.button import may_dial
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Deed, difference, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

_CONTACTS = "/contacts"
_PAGE = 50
_NUMBERISH = re.compile(r"[\d\s()+./-]+").fullmatch
_LEAST_DIGITS = 5
CLASS_NAMES = {
    ContactClass.UNKNOWN: mark("unknown"),
    ContactClass.CLIENT: mark("client"),
    ContactClass.SUPPLIER: mark("supplier"),
    ContactClass.CONTRACTOR: mark("contractor"),
    ContactClass.PARTNER: mark("partner"),
    ContactClass.STAFF: mark("staff"),
}
_NOT_LISTED = mark("choose somebody of the list")
_MEANWHILE = mark("changed this contact meanwhile; look again and save again")
_FIELD_NAMES = {
    "class": mark("Class"),
    "responsible": mark("Responsible"),
    "deputy": mark("Deputy"),
    "version": mark("Somebody else"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_CONTACTS, show_contacts),
        web.get(f"{_CONTACTS}/{{id}}", show_contact),
        web.post(f"{_CONTACTS}/{{id}}", change),
    ]


async def show_contacts(request: web.Request) -> web.Response:
    """The list, or those of a number or a name; a page at a time."""
    asked = " ".join(request.query.get("q", "").replace("\0", "").split())[:100]
    after = decode_cursor(request.query.get("cursor"), UUID)
    async with transaction(request) as connection:
        found = await _search(connection, asked, after)
        shown = page_of(found, _PAGE, lambda contact: contact.id)
        names = await agents(connection, [contact.responsible for contact in shown.rows])
    return page(
        request,
        "contacts/list.html",
        contacts=shown.rows,
        asked=asked,
        names=names,
        may_import=signed_in(request).holds(Right.IMPORTS_RUN),
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


async def show_contact(request: web.Request) -> web.Response:
    """One contact, with a form for those who may change it."""
    return await _contact(request, await _found(request))


async def change(request: web.Request) -> web.StreamResponse:
    """Class, responsible, deputy and VIP; the rest is its source's to change."""
    contact = await _found(request)
    form = {name: str(value) for name, value in (await request.post()).items()}
    try:
        version, wanted = _read(form)
        async with transaction(request) as connection:
            await _change(connection, contact, version, wanted)
            before, after = difference(_told(contact), _told(wanted))
            deed = Deed("contact.changed", "contact", str(contact.id), before, after)
            await record(connection, actor_of(request), deed, now())
    except InvalidInput as error:
        return await _contact(request, contact, 422, mistakes=mistakes_of(error), sent=form)
    return redirect(request, f"{_CONTACTS}/{contact.id}", _("Saved."))


async def _change(connection: Connection, contact: StoredContact, version: int, wanted: ContactChange) -> None:
    try:
        changed = await change_contact(connection, contact.id, version, wanted)
    except InvalidInput as error:
        raise InvalidInput(*(Mistake(mistake.path, _(_NOT_LISTED)) for mistake in error.mistakes)) from error
    if not changed:
        raise InvalidInput(Mistake("version", _(_MEANWHILE)))


async def _search(connection: Connection, asked: str, after: UUID | None) -> Sequence[StoredContact]:
    number = parse(asked) if asked else None
    if number is None or isinstance(number, NamedKind):
        beginning = _beginning(asked)
        if beginning:
            return await contacts_numbered(connection, beginning, after=after, limit=_PAGE + 1)
        return await list_contacts(connection, name=asked or None, after=after, limit=_PAGE + 1)
    return await list_contacts(connection, number=number, after=after, limit=_PAGE + 1)


def _beginning(asked: str) -> str | None:
    """The beginning of a number, e.g. `8 (495) 12` → `+749512`; None for a name or too few digits."""
    digits = "".join(filter(str.isdecimal, asked))
    if not _NUMBERISH(asked) or len(digits) < _LEAST_DIGITS:
        return None
    return f"+7{digits[1:]}" if digits[0] == "8" and not asked.startswith("+") else f"+{digits}"


async def _contact(
    request: web.Request,
    contact: StoredContact,
    status: int = 200,
    *,
    mistakes: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> web.Response:
    mistakes, identity = mistakes or {}, signed_in(request)
    async with transaction(request) as connection:
        names = await agents(connection, [contact.responsible, contact.deputy])
        dials = await may_dial(request, connection)
    stored = {
        "class": contact.klass,
        "responsible": str(contact.responsible or ""),
        "deputy": str(contact.deputy or ""),
        "vip": "yes" if contact.vip else "",
    }
    values = stored if sent is None else {name: sent.get(name, "") for name in stored}
    return page(
        request,
        "contacts/contact.html",
        may_dial=dials,
        status=status,
        contact=contact,
        values=values,
        mistakes=mistakes,
        told=[(field, f"{_(_FIELD_NAMES[field])}: {message}") for field, message in mistakes.items()],
        classes=[(klass.value, _(name)) for klass, name in CLASS_NAMES.items()],
        names=names,
        people=[("", "—"), *((str(person), name) for person, name in names.items())],
        may_see_money=identity.holds(Right.MONEY_READ),
        may_edit=identity.holds(Right.CONTACTS_EDIT),
    )


async def _found(request: web.Request) -> StoredContact:
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError as error:
        raise web.HTTPNotFound(text=_("There is no such contact.")) from error
    async with transaction(request) as connection:
        contact = await find_contact(connection, identifier)
    if contact is None:
        raise web.HTTPNotFound(text=_("There is no such contact."))
    return contact


def _read(form: Mapping[str, str]) -> tuple[int, ContactChange]:
    mistakes = []
    version, klass = form.get("version", ""), form.get("class", "")
    people: dict[str, UUID | None] = {}
    for field in ("responsible", "deputy"):
        try:
            people[field] = UUID(form[field]) if form.get(field) else None
        except ValueError:
            mistakes.append(Mistake(field, _(_NOT_LISTED)))
    if klass not in set(ContactClass):
        mistakes.append(Mistake("class", _("choose one of the list")))
    if not (version.isascii() and version.isdigit() and len(version) < 18):
        mistakes.append(Mistake("version", _(_MEANWHILE)))
    if mistakes:
        raise InvalidInput(*mistakes)
    return int(version), ContactChange(ContactClass(klass), people["responsible"], people["deputy"], "vip" in form)


def _told(of: StoredContact | ContactChange) -> dict[str, Any]:
    """What may change, for the audit log."""
    return {
        "class": str(of.klass),
        "responsible": str(of.responsible or ""),
        "deputy": str(of.deputy or ""),
        "vip": of.vip,
    }
