"""`/bookings`: visits to come and those that were, one of them to be moved or cancelled, and a calendar of them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from aiohttp import web

from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.notices.notice import VISITS
from trunkline.notices.store import count_open, done, spread
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.visits.choices import days_of, read_moment, spelled
from trunkline.visits.own_calendar import calendar_of, owner_of
from trunkline.visits.rules import read_rules
from trunkline.visits.slots import Span
from trunkline.visits.store import Asker, Booker, cancel, find_visit, list_visits, move
from trunkline.visits.working import free_time
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor
from trunkline.web.render import page, reader_of, redirect

_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/bookings", show_list),
        web.get("/bookings/count", show_count),
        web.get("/bookings/calendar/{token}.ics", give_calendar),
        web.get("/bookings/{id}", show_visit),
        web.post("/bookings/{id}/move", move_visit),
        web.post("/bookings/{id}/cancel", cancel_visit),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?when=&whose=&cursor=`: those to come, or those that were."""
    identity = signed_in(request)
    past, everybody = request.query.get("when") == "past", request.query.get("whose") == "all"
    may_see_others = identity.holds(Right.PRESENCE_OTHERS)
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    async with transaction(request) as connection:
        found = await list_visits(
            connection,
            Asker.of(identity),
            now(),
            past=past,
            mine=not (everybody and may_see_others),
            after=after if after and after[0].tzinfo else None,
        )
    return page(
        request,
        "visits/list.html",
        visits=found.rows,
        next_url=found.next_url(request.rel_url),
        past=past,
        everybody=everybody,
        may_see_others=may_see_others,
        me=identity.person,
        here=str(request.rel_url.without_query_params("cursor")),
    )


async def show_count(request: web.Request) -> web.Response:
    """`GET`: how many visits somebody booked, moved or cancelled for the reader, that he has not looked at."""
    async with transaction(request) as connection:
        waiting = await count_open(connection, VISITS, signed_in(request).person)
    return page(request, "visits/count.html", waiting=waiting)


async def show_visit(request: web.Request) -> web.Response:
    """`GET`: one; whoever goes there has seen then what was done to it."""
    return await _visit(request)


async def move_visit(request: web.Request) -> web.StreamResponse:
    """`POST starts_at`: to another free time."""
    try:
        starts = read_moment(await text_field(request, "starts_at"))
        async with transaction(request) as connection:
            _moved, told = await move(connection, _booker(request), visit_id(request), starts)
    except InvalidInput as error:
        return await _visit(request, mistakes_of(error))
    await spread(request.app[redis_key], told)
    return redirect(request, f"/bookings/{visit_id(request)}", _("The visit is moved."))


async def cancel_visit(request: web.Request) -> web.StreamResponse:
    """`POST`: it does not take place."""
    try:
        async with transaction(request) as connection:
            _cancelled, told = await cancel(connection, _booker(request), visit_id(request))
    except InvalidInput as error:
        return redirect(request, f"/bookings/{visit_id(request)}", error.mistakes[0].message, "bad")
    await spread(request.app[redis_key], told)
    return redirect(request, "/bookings", _("The visit is cancelled."))


async def give_calendar(request: web.Request) -> web.Response:
    """`GET`: the visits of whose secret address it is; a wrong one is told no more than that."""
    async with request.app[pool_key].acquire() as connection:
        owner = await owner_of(connection, request.match_info["token"])
        if owner is None:
            raise NotFound(_("There is no calendar at this address (any more)."))
        text = await calendar_of(connection, *owner, request.app[settings_key].public_url, now())
    return web.Response(
        body=text,
        content_type="text/calendar",
        charset="utf-8",
        headers={"Cache-Control": "private, no-store", "Content-Disposition": 'inline; filename="visits.ics"'},
    )


def visit_id(request: web.Request) -> UUID:
    """`{id}` of the path; raises NotFound."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such visit, or it is not yours to see.")) from None


async def _visit(request: web.Request, mistakes: Mapping[str, str] = _NOTHING) -> web.Response:
    identity, at = signed_in(request), now()
    async with transaction(request) as connection:
        visit = await find_visit(connection, Asker.of(identity), visit_id(request))
        if visit.person_id == identity.person:
            await done(connection, VISITS, visit.id, at, identity.person)
        open_to_change = visit.cancelled_at is None and visit.ends_at > at
        free = None
        if open_to_change:
            length = visit.ends_at - visit.starts_at
            try:
                rules = await read_rules(connection)
                free = await free_time(connection, visit.person_id, rules, at, but=visit.id, length=length)
            except InvalidInput:  # he left us; the visit can still be cancelled
                free = None
    return page(
        request,
        "visits/visit.html",
        status=422 if mistakes else 200,
        visit=visit,
        when=spelled(Span(visit.starts_at, visit.ends_at), reader_of(request)),
        open_to_change=open_to_change,
        free=free,
        days=days_of(free.slots, reader_of(request)) if free else [],
        mistakes={"starts_at": "", **mistakes},
        told=[(field, f"{_('When')}: {message}") for field, message in mistakes.items()],
        may_see_calls=identity.holds(Right.CALLS_READ),
    )


def _booker(request: web.Request) -> Booker:
    return Booker(Asker.of(signed_in(request)), actor_of(request), now())
