"""`/settings/alarms/webhooks/{endpoint}`: what a program of the company's was sent, and sending one of it again."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.alarms.pages import EVENT_NAMES
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import redis_key
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect
from trunkline.webhooks import store

_PAGE: Final = 50
STATES: Final = {
    "delivered": (mark("delivered"), "ok"),
    "waiting": (mark("not delivered yet"), "info"),
    "again": (mark("is tried again"), "warn"),
    "refused": (mark("given up for good"), "bad"),
}


async def show(request: web.Request) -> web.Response:
    """`GET ?outcome=&cursor=`: the log of one endpoint, a page at a time."""
    outcome = request.query.get("outcome", "")
    if outcome not in {"", *store.OUTCOMES}:
        raise web.HTTPBadRequest(text=_("This is not an address of ours."))
    try:
        after = decode_cursor(request.query.get("cursor"), tuple[datetime, int])
    except InvalidInput as error:
        raise web.HTTPBadRequest(text=_("This is not an address of ours.")) from error
    async with transaction(request) as connection:
        try:
            endpoint = await store.endpoint(connection, _endpoint(request))
        except NotFound as error:
            raise web.HTTPNotFound(text=_("It is not there any more.")) from error
        found = await store.deliveries(connection, endpoint.id, after, _PAGE + 1, outcome)
    shown = page_of(found, _PAGE, lambda one: (one.at, one.id))
    return page(
        request,
        "alarms/webhook.html",
        endpoint=endpoint,
        deliveries=shown.rows,
        body_of=lambda one: msgspec.json.format(msgspec.json.encode(one.payload.get("data")), indent=2).decode(),
        states=STATES,
        outcome=outcome,
        outcomes=[(_("all"), request.path), *((_(STATES[one][0]), _of(request, one)) for one in store.OUTCOMES)],
        here=_of(request, outcome) if outcome else request.path,
        event_names=EVENT_NAMES,
        next_url=shown.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def send_again(request: web.Request) -> web.StreamResponse:
    """Send one delivery again."""
    identifier, idem = _endpoint(request), await text_field(request, "delivery")
    async with transaction(request) as connection:
        try:
            await store.replay_one(connection, identifier, idem, now())
        except NotFound as error:
            raise web.HTTPNotFound(text=_("It is not there any more.")) from error
        await record(connection, actor_of(request), Deed("webhook.sent_again", "webhook", idem), now())
    await wake(request.app.get(redis_key), OUTBOX_WAKE)
    return redirect(request, f"/settings/alarms/webhooks/{identifier}", _("It is sent again."))


def routes() -> list[web.RouteDef]:
    """This page's routes."""
    return [
        web.get("/settings/alarms/webhooks/{endpoint}", show),
        web.post("/settings/alarms/webhooks/{endpoint}/again", send_again),
    ]


def _of(request: web.Request, outcome: str) -> str:
    return f"{request.path}?outcome={outcome}"


def _endpoint(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["endpoint"])
    except ValueError as error:
        raise web.HTTPNotFound(text=_("It is not there any more.")) from error
