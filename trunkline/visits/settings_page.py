"""`/settings/visits`: one's own calendar and the address of one's visits; for administrators all, and the rules."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.keys import secret_box_key, settings_key
from trunkline.people.identity import Via
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.visits.feeds import every_feed, feed_of, remove_feed, save_feed
from trunkline.visits.own_calendar import link_made_at, make_link, remove_link
from trunkline.visits.problem import WHY
from trunkline.visits.rules import LIMITS, read_form, read_rules, save_rules
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/visits"
_NAMES: Final = {
    "minutes": mark("A visit lasts, minutes"),
    "step_minutes": mark("One may begin every, minutes"),
    "notice_minutes": mark("At the earliest in, minutes"),
    "days": mark("Days ahead"),
    "kind": mark("Kind of calendar"),
    "url": mark("Address"),
    "user": mark("User name"),
    "password": mark("Password"),
}
_FEED_FIELDS: Final = ("kind", "url", "user", "password")
_Words = Mapping[str, str]
_NOTHING: _Words = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.post(_HERE, change),
        web.get(f"{_HERE}/{{person}}", show_person),
        web.post(f"{_HERE}/{{person}}", set_calendar),
        web.post(f"{_HERE}/{{person}}/remove", forget_calendar),
        web.post(f"{_HERE}/{{person}}/link", new_link),
        web.post(f"{_HERE}/{{person}}/unlink", drop_link),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """`GET`: the rules and everybody's calendars; who may change neither is led to his own."""
    identity = signed_in(request)
    if not (identity.holds(Right.SETTINGS_EDIT) or identity.holds(Right.PEOPLE_EDIT)):
        return redirect(request, f"{_HERE}/{identity.person}")
    async with transaction(request) as connection:
        values = {name: str(value) for name, value in msgspec.structs.asdict(await read_rules(connection)).items()}
    return await _rules_page(request, values)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: other rules."""
    sent = {field: (await text_field(request, field)).strip()[:20] for field in LIMITS}
    try:
        rules = read_form(sent)
        async with transaction(request) as connection:
            await save_rules(connection, rules, actor_of(request), now())
    except InvalidInput as error:
        return await _rules_page(request, sent, mistakes_of(error))
    return redirect(request, _HERE, _("Saved."))


async def show_person(request: web.Request) -> web.Response:
    """`GET`: one person's calendar and address."""
    return await _person_page(request)


async def set_calendar(request: web.Request) -> web.StreamResponse:
    """`POST kind, url, user, password`: read this calendar from now on."""
    _with_session(request)
    sent = {field: (await text_field(request, field)).replace("\0", "").strip() for field in _FEED_FIELDS}
    try:
        async with transaction(request) as connection:
            person, _name = await _whose(request, connection)
            await save_feed(connection, request.app[secret_box_key], person, sent, actor_of(request), now())
    except InvalidInput as error:
        return await _person_page(request, sent | {"password": ""}, mistakes_of(error))
    return redirect(request, f"{_HERE}/{person}", _("Saved. The calendar is read within a minute."))


async def forget_calendar(request: web.Request) -> web.StreamResponse:
    """`POST`: read it no more."""
    _with_session(request)
    async with transaction(request) as connection:
        person, _name = await _whose(request, connection)
        await remove_feed(connection, person, actor_of(request), now())
    return redirect(
        request, f"{_HERE}/{person}", _("The calendar is not read any more, and what it said is forgotten.")
    )


async def new_link(request: web.Request) -> web.StreamResponse:
    """`POST`: a new address of the visits; it is shown this once."""
    _with_session(request)
    async with transaction(request) as connection:
        person, _name = await _whose(request, connection)
        link = await make_link(connection, person, request.app[settings_key].public_url, actor_of(request), now())
    return await _person_page(request, link=link)


async def drop_link(request: web.Request) -> web.StreamResponse:
    """`POST`: no address any more."""
    _with_session(request)
    async with transaction(request) as connection:
        person, _name = await _whose(request, connection)
        await remove_link(connection, person, actor_of(request), now())
    return redirect(request, f"{_HERE}/{person}", _("The address opens nothing any more."))


def _with_session(request: web.Request) -> None:
    """An address that goes on working, and a calendar we read, are no token's to set. Raises Forbidden."""
    if signed_in(request).via is not Via.SESSION:
        raise Forbidden(_("Only a browser that is signed in can set calendars and addresses, not a token."))


async def _whose(request: web.Request, connection: Connection) -> tuple[UUID, str]:
    """Whose page it is, by id and name; raises NotFound, Forbidden."""
    try:
        person = UUID(request.match_info["person"])
    except ValueError:
        raise NotFound(_("There is no such person.")) from None
    identity = signed_in(request)
    if person != identity.person and not identity.holds(Right.PEOPLE_EDIT):
        raise Forbidden(_("Another's calendar is for who may change people."))
    name = await connection.fetchval("select name from people where id = $1", person)
    if name is None:
        raise NotFound(_("There is no such person."))
    return person, name


async def _person_page(
    request: web.Request, sent: _Words | None = None, mistakes: _Words = _NOTHING, link: str = ""
) -> web.Response:
    identity = signed_in(request)
    async with transaction(request) as connection:
        person, name = await _whose(request, connection)
        feed = await feed_of(connection, request.app[secret_box_key], person)
        made_at = await link_made_at(connection, person)
    shown = {"kind": feed.kind if feed else "ical", "url": "", "user": feed.user if feed else "", "password": ""}
    return page(
        request,
        "visits/calendar.html",
        status=422 if mistakes else 200,
        person=person,
        name=name,
        own=person == identity.person,
        feed=feed,
        why=_(WHY[feed.problem]) if feed and feed.problem else "",
        made_at=made_at,
        link=link,
        values=shown | dict(sent or {}),
        mistakes={field: mistakes.get(field, "") for field in _FEED_FIELDS},
        told=_told(mistakes),
        all_of_them=identity.holds(Right.SETTINGS_EDIT) or identity.holds(Right.PEOPLE_EDIT),
    )


async def _rules_page(request: web.Request, values: _Words, mistakes: _Words = _NOTHING) -> web.Response:
    identity = signed_in(request)
    async with transaction(request) as connection:
        feeds = await every_feed(connection) if identity.holds(Right.PEOPLE_EDIT) else []
    return page(
        request,
        "visits/settings.html",
        status=422 if mistakes else 200,
        values=values,
        names={field: _(name) for field, name in _NAMES.items()},
        mistakes={field: mistakes.get(field, "") for field in LIMITS},
        told=_told(mistakes),
        feeds=feeds,
        why={problem: _(text) for problem, text in WHY.items()},
        may_change=identity.holds(Right.SETTINGS_EDIT),
        me=identity.person,
    )


def _told(mistakes: _Words) -> list[tuple[str, str]]:
    return [(field, f"{_(_NAMES[field])}: {message}") for field, message in mistakes.items()]
