"""The caller card and the login on the public listener (`web.card_outside`), for agents outside the office.

The routes, guards and state are the private application's own: one room of cards, one set of sessions. Its
middlewares are laid around these paths alone; what visitors of sites send meets none of them.
"""

import re
from collections.abc import AsyncIterator, Iterable
from functools import wraps
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

import softphone_card.pages
import softphone_card.push.pages
import softphone_card.room
import softphone_card.socket
from trunkline.card import actions as card_actions
from trunkline.card import pages as card_pages
from trunkline.dialing import button as dial_button
from trunkline.dialing import callbacks_form, callbacks_page
from trunkline.experts import card_page as experts_on_card
from trunkline.experts import pages as experts_pages
from trunkline.leads import merging_pages as leads_merging
from trunkline.leads import pages as leads_pages
from trunkline.missed import pages as missed_pages
from trunkline.people import pages as people_pages
from trunkline.people.roles import Right
from trunkline.phonebook import softphone
from trunkline.presence import pages as presence_pages
from trunkline.presence import week_page
from trunkline.visits import card_page as visits_on_card
from trunkline.visits import pages as visits_pages
from trunkline.web import installing, preferences
from trunkline.web.auth import identity_of, rights_middleware
from trunkline.web.guards import guard
from trunkline.web.issues import issues_key
from trunkline.web.render import note_pages, page
from trunkline.web.security import perimeter_key

PATHS: Final = re.compile(
    r"/(app\.webmanifest|bookings|callbacks|card|dials|leads|login|logout|missed|password|preferences|presence|questions)(/|$)"
)
"""The card, what its buttons lead to, and signing in; settings, contacts, calls, reports and the API stay inside."""

_PARTS: Final = (
    people_pages,
    softphone_card.pages,
    softphone_card.push.pages,
    softphone_card.socket,
    card_pages,
    card_actions,
    softphone,
    presence_pages,
    week_page,
    dial_button,
    callbacks_form,
    callbacks_page,
    missed_pages,
    leads_merging,
    leads_pages,
    visits_on_card,
    visits_pages,
    experts_on_card,
    experts_pages,
    installing,
    preferences,
)


def let_out(app: web.Application, private: web.Application) -> None:
    """Serve the card of `private`, which starts first and ends last, by `app` too."""

    async def shared(outside: web.Application) -> AsyncIterator[None]:
        for key in private:
            if key not in outside and key is not issues_key:  # the tracker's pages stay inside
                outside[key] = private[key]
        yield

    guard(app, private[perimeter_key])
    for middleware in private.middlewares:
        if middleware is rights_middleware:
            app.middlewares.append(_only_here(_say_what_is_here))
        app.middlewares.append(_only_here(middleware))
    app.add_routes([web.get("/", _to_card), *_published()])
    app.cleanup_ctx.append(shared)
    app.on_startup.append(note_pages)  # the menu leads to what is here
    app.on_shutdown.append(softphone_card.room.close_cards)


async def _to_card(_request: web.Request) -> web.Response:
    """Where a login without a page to go back to leads, and the shell's own name."""
    raise web.HTTPSeeOther("/card")


@web.middleware
async def _say_what_is_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who signed in and may not use the card finds no page of his here: he is told where his are."""
    try:
        return await handler(request)
    except web.HTTPForbidden:
        who = identity_of(request)
        if who is None or who.holds(Right.CARD_USE) or request.method != "GET":
            raise
        return page(request, "errors/outside.html", status=403)


def _published() -> Iterable[web.AbstractRouteDef]:
    for part in _PARTS:
        yield from (route for route in part.routes() if PATHS.match(route.path))


def _only_here(middleware: Middleware) -> Middleware:
    """`middleware`, for the paths that are let out."""

    @web.middleware
    @wraps(middleware)
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        if PATHS.match(request.path):
            return await middleware(request, handler)
        return await handler(request)

    return around
