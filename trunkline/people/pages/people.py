"""`/settings/people`: who works here, what each may do, and who has left."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from aiohttp import web

from trunkline.calls.names import STYLE_NAMES
from trunkline.errors import InvalidInput
from trunkline.keys import settings_key
from trunkline.people import sessions, store
from trunkline.people.pages.request import actor_of, mistakes_of, now, page, transaction
from trunkline.people.person import Form, Person, as_sent, read_person
from trunkline.people.roles import GRANTABLE, Role
from trunkline.people.words import RIGHT_NAMES, ROLE_NAMES, WORKS_ON_NAMES
from trunkline.web.auth import signed_in
from trunkline.web.cookies import SESSION, set_cookie
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import redirect

_PEOPLE = "/settings/people"
_PAGE = 50
_EMPTY = Person(name="", every_line=True)


async def show_people(request: web.Request) -> web.StreamResponse:
    """The list, a page at a time."""
    search = request.query.get("q", "").replace("\0", "").strip()[:100]
    after = decode_cursor(request.query.get("cursor"), tuple[bool, str, UUID])
    async with transaction(request) as connection:
        found = await store.people(connection, search, after, _PAGE + 1)
    shown = page_of(found, _PAGE, lambda person: (not person.active, person.name, person.id))
    return page(
        request,
        "people",
        people=shown.rows,
        search=search,
        role_names=_roles(),
        next_url=shown.next_url(request.url),
        first_url=first_url(request.url),
    )


async def show_new(request: web.Request) -> web.StreamResponse:
    """The empty form."""
    return await _form(request, _EMPTY, person_id=None)


async def add(request: web.Request) -> web.StreamResponse:
    """Somebody new."""
    form = await request.post()
    try:
        person = read_person(form)
        async with transaction(request) as connection:
            identifier = await store.add_person(connection, person, actor_of(request), now())
    except InvalidInput as error:
        return await _form(request, _EMPTY, person_id=None, status=422, sent=form, mistakes=mistakes_of(error))
    return redirect(request, f"{_PEOPLE}/{identifier}", _("Saved."))


async def show_person(request: web.Request) -> web.StreamResponse:
    """The form of one person."""
    return await _show(request, _person_id(request))


async def change(request: web.Request) -> web.StreamResponse:
    """Write a person anew; who changes what he himself may do gets a new session secret."""
    identifier, identity, form = _person_id(request), signed_in(request), await request.post()
    own = UUID(identity.credential) if identifier == identity.person else None
    secret = None
    try:
        person = read_person(form)
        async with transaction(request) as connection:
            changed = await store.change_person(connection, identifier, person, actor_of(request), now(), keep=own)
            if changed and own:
                secret = await sessions.rotate(connection, identity, now())
    except InvalidInput as error:
        return await _show(request, identifier, status=422, sent=form, mistakes=mistakes_of(error))
    response = redirect(request, f"{_PEOPLE}/{identifier}", _("Saved."))
    if secret is not None:
        set_cookie(request, response, SESSION, secret)
    return response


async def set_active(request: web.Request) -> web.StreamResponse:
    """Deactivate, which ends his sessions, or let come back."""
    identifier, active = _person_id(request), (await request.post()).get("active") == "yes"
    if identifier == signed_in(request).person and not active:
        mistakes = {"active": _("You cannot deactivate yourself.")}
        return await _show(request, identifier, status=422, mistakes=mistakes)
    try:
        async with transaction(request) as connection:
            await store.set_active(connection, identifier, active, actor_of(request), now())
    except InvalidInput as error:
        return await _show(request, identifier, status=422, mistakes=mistakes_of(error))
    return redirect(request, f"{_PEOPLE}/{identifier}", _("Saved."))


async def make_link(request: web.Request) -> web.StreamResponse:
    """A link by which the person chooses a password, shown this once."""
    identifier, base_url = _person_id(request), request.app[settings_key].public_url
    try:
        async with transaction(request) as connection:
            link = await store.password_link(connection, identifier, base_url, actor_of(request), now())
    except InvalidInput as error:
        return await _show(request, identifier, status=422, mistakes=mistakes_of(error))
    return await _show(request, identifier, link=link)


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get(_PEOPLE, show_people),
        web.post(_PEOPLE, add),
        web.get(f"{_PEOPLE}/new", show_new),
        web.get(f"{_PEOPLE}/{{person}}", show_person),
        web.post(f"{_PEOPLE}/{{person}}", change),
        web.post(f"{_PEOPLE}/{{person}}/active", set_active),
        web.post(f"{_PEOPLE}/{{person}}/link", make_link),
    ]


async def _show(request: web.Request, identifier: UUID, **context: Any) -> web.Response:
    async with transaction(request) as connection:
        person, active = await store.find_person(connection, identifier)
    return await _form(request, person, person_id=identifier, active=active, **context)


async def _form(
    request: web.Request,
    person: Person,
    *,
    person_id: UUID | None,
    status: int = 200,
    sent: Form | None = None,
    **context: Any,
) -> web.Response:
    async with transaction(request) as connection:
        departments, lines = await store.departments(connection), await store.lines(connection)
    values = asdict(person) if sent is None else as_sent(sent)
    return page(
        request,
        "person",
        status,
        person_id=person_id,
        values=values,
        departments=departments,
        lines=lines,
        roles=_roles(),
        works_on={way.value: _(name) for way, name in WORKS_ON_NAMES.items()},
        caller_names={style: _(name) for style, name in STYLE_NAMES.items()},
        grants={right: _(RIGHT_NAMES[right]) for right in sorted(GRANTABLE)},
        **{"active": True, "mistakes": {}, "link": None, **context},
    )


def _roles() -> dict[Role, str]:
    return {role: _(name) for role, name in ROLE_NAMES.items()}


def _person_id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["person"])
    except ValueError as error:
        raise web.HTTPNotFound from error
