"""`/crm/card/…` on the public listener: the caller card within a portal's own card of a call.

The portal's user is known by the token that he came with, the person by the extension of the user's profile; what the
card tells is what that person may see. Nothing here rests on a cookie, and only that portal may frame it. What the page
asks later it asks by a pass, in a header, with the rights of then.
"""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

import msgspec
from aiohttp import hdrs, web

from crm_sync.bitrix24.crm import Bitrix24
from crm_sync.bitrix24.finding import SQL
from crm_sync.bitrix24.opened import PASS_SECONDS, Pass, read_opened, read_pass, signed
from crm_sync.bitrix24.placing import CARD
from crm_sync.bitrix24.visiting import NotShown, is_ours, not_connected, person_now, person_of, portal_user
from crm_sync.bitrix24.visitors import Visitors
from crm_sync.bots.cards import pages_of
from crm_sync.connector import Connector
from crm_sync.hooks import connector_of
from crm_sync.signing_in import crms_key
from crm_sync.store import find_connector
from trunkline.calls.phone import NamedKind, parse
from trunkline.card.card import Card
from trunkline.card.pages import values_of
from trunkline.card.reading import Asker, read_card
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import directory_key, pool_key, secret_box_key, settings_key
from trunkline.people.identity import Identity
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import reading
from trunkline.web.receiving import BodyFault, receive_at_most
from trunkline.web.render import framed, pages_key, reader_of
from trunkline.web.security import framed_by

_BODY_SECONDS: Final = 10.0
_LIVE: Final = "/crm/card/live"
_PASS, _SEEN = "X-Card-Pass", "X-Card-Seen"
_LONGEST_BODY: Final = 64 << 10
"""Bytes; a portal's form has two thousand."""
visitors_key: Final = web.AppKey("crm_visitors", Visitors)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/crm/card/{connector}/{secret}", open_card), web.get(_LIVE, look_again)]


async def visitors_context(app: web.Application) -> AsyncIterator[None]:
    """Who came from portals; wants what asks them before it."""
    app[visitors_key] = Visitors(app[crms_key].of(Bitrix24).portals)
    yield


async def open_card(request: web.Request) -> web.Response:
    """`POST`: the card of the call that the portal names; what stands against it is a page that says so."""
    connector = connector_of(request, CARD)
    try:
        async with request.app[pool_key].acquire() as connection:
            known = await find_connector(connection, connector)
    except NotFound:
        raise web.HTTPNotFound from None
    with reading(reader_of(request), request.app[pages_key].translations):
        try:
            response = await _opened(request, known)
        except NotShown as error:
            response = _said(request, "crm_sync/card_refused.html", error)
    response.headers.update(framed_by(known.portal))
    return response


async def look_again(request: web.Request) -> web.Response:
    """`GET` by a pass: the card as it is now; 204 while it is as the page has it."""
    with reading(reader_of(request), request.app[pages_key].translations):
        try:
            return await _again(request)
        except NotShown as error:
            return _said(request, "crm_sync/card_said.html", error)


async def _opened(request: web.Request, known: Connector) -> web.Response:
    try:
        opened = read_opened(request.query, await _body(request))
    except InvalidInput as error:
        raise NotShown(400, str(error)) from None
    async with request.app[pool_key].acquire() as connection:
        await is_ours(connection, known, opened)
    user = await portal_user(request.app[visitors_key], known, opened)
    until = int(request.app[pages_key].clock().timestamp()) + PASS_SECONDS
    async with request.app[pool_key].acquire() as connection:
        identity = await person_of(connection, known, user)
        one = Pass(known.id, known.portal, identity.person, opened.remote, opened.phone, until)
        card = await _card(request, connection, identity, one)
    return _told(request, "crm_sync/card_framed.html", card, signed(request.app[secret_box_key], one))


async def _again(request: web.Request) -> web.Response:
    text, now = request.headers.get(_PASS, ""), request.app[pages_key].clock().timestamp()
    one = read_pass(request.app[secret_box_key], text, now)
    if one is None:
        raise NotShown(401, _("The card is not kept level any more: open it in the portal again."))
    async with request.app[pool_key].acquire() as connection:
        await _still_there(connection, one)
        card = await _card(request, connection, await person_now(connection, one.person), one)
    if request.headers.get(_SEEN) == _mark(card):
        return web.Response(status=204, headers={hdrs.CACHE_CONTROL: "no-store"})
    return _told(request, "crm_sync/card_level.html", card, text)


async def _still_there(connection: Connection, one: Pass) -> None:
    """Whether the portal that opened the card is the one that is connected; raises NotShown."""
    try:
        known = await find_connector(connection, one.connector)
    except NotFound:
        raise not_connected() from None
    if not known.active or known.by_webhook or known.portal != one.portal:
        raise not_connected()


async def _body(request: web.Request) -> bytes:
    """Raises NotShown for one that no portal sends."""
    try:
        return await receive_at_most(request, _LONGEST_BODY, _BODY_SECONDS)
    except BodyFault as fault:
        raise NotShown(fault.status, _("The form is longer than a portal's, or did not come whole.")) from None


async def _card(request: web.Request, connection: Connection, identity: Identity, one: Pass) -> Card:
    """That of the call; of its number while the call has not begun here, or is another program's. Raises NotShown."""
    number = parse(one.phone)
    phone = "" if isinstance(number, NamedKind) else number
    view, now = request.app[directory_key].view, request.app[pages_key].clock()
    call = await connection.fetchval(SQL["call_shown_as"], one.connector, one.remote, phone, now)
    asker, card = Asker.of(identity), None
    if call is not None:
        card = await read_card(connection, asker, view, now, call=call)
    elif phone:
        card = await read_card(connection, asker, view, now, number=phone)
    if card is None:
        raise NotShown(404, _("There is no such call, or it is not yours to see."))
    return card


def _told(request: web.Request, template: str, card: Card, text: str) -> web.Response:
    pages, call = pages_of(request.app[settings_key]), card.call
    address = f"/card/calls/{call.id}" if call else f"/card/number/{card.number}"
    is_over = call is not None and call.ended_at is not None
    return framed(
        request,
        template,
        **values_of(request, card),
        acts=False,
        nested=False,
        asks="" if is_over else _LIVE,
        shows={_PASS: text, _SEEN: _mark(card)},
        link=f"{pages}{address}" if pages else "",
    )


def _mark(card: Card) -> str:
    """What tells a card from another: the time where its caller lives goes by whole minutes."""
    there = card.place.local_time
    place = msgspec.structs.replace(card.place, local_time=there and there.replace(second=0, microsecond=0))
    return sha256(msgspec.json.encode(msgspec.structs.replace(card, place=place))).hexdigest()[:32]


def _said(request: web.Request, template: str, error: NotShown) -> web.Response:
    return framed(request, template, status=error.status, text=str(error))
