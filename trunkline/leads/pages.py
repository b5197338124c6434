"""`/leads`: the inbox, the nearest clock first; one lead with its touches and what may be done to it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.dialing.store import contacts_of, read_limits
from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.keys import redis_key
from trunkline.leads import board_pages, chain_pages, orphan_pages, overlap_pages
from trunkline.leads.api import hand_of, lead_of
from trunkline.leads.hand import (
    LONGEST_NOTE,
    LONGEST_STAGE,
    LONGEST_TITLE,
    ChangeLead,
    PassLead,
    Reason,
    change,
    close,
    may_act,
    pass_on,
    take,
)
from trunkline.leads.marking import Marked, choices, list_marked
from trunkline.leads.page_form import read_change, read_closing, read_person, shown_change
from trunkline.leads.reading import (
    Asker,
    Show,
    after_of,
    count_leads,
    find_lead,
    reach_of,
    shown,
    touches_of,
)
from trunkline.leads.tag_rules import filters_of
from trunkline.leads.touching import SQL
from trunkline.leads.words import DUES, KINDS, REASONS, SHOWS
from trunkline.notices.notice import LEADS
from trunkline.notices.store import done, spread
from trunkline.people.pages.request import mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.issues import has_issues
from trunkline.web.paging import first_url
from trunkline.web.render import page, reader_of, redirect

_BACK = re.compile(r"/leads(/[0-9a-f-]{36})?(\?[\w=&%+.-]*)?", re.ASCII).fullmatch
_FIELDS = {
    "title": mark("Title"),
    "stage": mark("Stage"),
    "next_call_at": mark("Next call"),
    "person": mark("To whom"),
    "reason": mark("Why"),
    "note": mark("Note"),
    "id": mark("Lead"),
}

_VIEWS: Final = {"board": board_pages.show_board, "calendar": board_pages.show_calendar}

Act = Callable[[Connection], Awaitable[object]]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/leads", show_list),
        web.get("/leads/count", show_count),
        *orphan_pages.routes(),
        *chain_pages.routes(),
        *overlap_pages.routes(),
        web.get("/leads/{id}", show_lead),
        web.post("/leads/{id}/take", take_lead),
        web.post("/leads/{id}/pass", pass_lead),
        web.post("/leads/{id}/change", change_lead),
        web.post("/leads/{id}/close", close_lead),
        *board_pages.routes(),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?view=&show=&tag=&category=&cursor=`: open leads, the nearest clock first; closed ones; or another view."""
    if (view := _VIEWS.get(request.query.get("view", ""))) is not None:
        return await view(request)
    at, mistakes, show = now(), dict[str, str](), Show.OPEN
    try:
        show = shown(request.query)
    except InvalidInput as error:
        mistakes = dict(mistakes_of(error))
    asker, after = Asker.of(signed_in(request), at), after_of(request.query)
    marked = Marked.of(request.query)
    async with transaction(request) as connection:
        found = await list_marked(connection, asker, show, marked, after)
        tags, categories = await filters_of(connection)
        waiting, overdue = await count_leads(connection, asker)
    return page(
        request,
        "leads/list.html",
        status=400 if mistakes else 200,
        leads=found.rows,
        show=show.value,
        shows=[(key.value, _(word)) for key, word in SHOWS.items()],
        marked=marked,
        tags=choices(tags, marked.tag),
        categories=choices(categories, marked.category),
        waiting=waiting,
        overdue=overdue,
        mistakes=mistakes,
        next_url=found.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
        here=str(request.rel_url),
        **_shared(request, at),
    )


async def show_count(request: web.Request) -> web.Response:
    """`GET`: how many wait, for the navigation of every page."""
    async with transaction(request) as connection:
        waiting, overdue = await count_leads(connection, Asker.of(signed_in(request), now()))
    return page(request, "leads/count.html", waiting=waiting, overdue=overdue)


async def show_lead(request: web.Request) -> web.Response:
    """`GET`: one; who looks has seen what he was told of it."""
    return await _lead(request)


async def take_lead(request: web.Request) -> web.StreamResponse:
    """`POST back?`: it is mine; whatever is in the way is told where the button was."""
    back = await text_field(request, "back")
    back = back if _BACK(back) else "/leads"
    try:
        async with transaction(request) as connection:
            await take(connection, hand_of(request), lead_of(request))
    except NotFound as error:
        return redirect(request, "/leads", str(error), "bad")
    except Forbidden as error:
        return redirect(request, back, str(error), "bad")
    except InvalidInput as error:
        return redirect(request, back, error.mistakes[0].message, "bad")
    return redirect(request, back, _("You have this lead."))


async def pass_lead(request: web.Request) -> web.StreamResponse:
    """`POST person`: a colleague goes on with it."""
    sent = await _sent(request, "person")

    async def do(connection: Connection) -> object:
        return (await pass_on(connection, hand_of(request), lead_of(request), PassLead(read_person(sent["person"]))))[1]

    return await _done(request, sent, do, "/leads", _("The lead is passed on."))


async def change_lead(request: web.Request) -> web.StreamResponse:
    """`POST title, stage, next_call_at`."""
    sent = await _sent(request, "title", "stage", "next_call_at")

    async def do(connection: Connection) -> object:
        hand, lead = hand_of(request), lead_of(request)
        seen = await find_lead(connection, hand.asker, lead)
        body: ChangeLead = read_change(sent, reader_of(request).timezone, seen)
        return await change(connection, hand, lead, body)

    return await _done(request, sent, do, f"/leads/{lead_of(request)}", _("Saved."))


async def close_lead(request: web.Request) -> web.StreamResponse:
    """`POST reason, note?`."""
    sent = await _sent(request, "reason", "note")

    async def do(connection: Connection) -> object:
        return await close(connection, hand_of(request), lead_of(request), read_closing(sent))

    return await _done(request, sent, do, "/leads", _("The lead is closed."))


async def _sent(request: web.Request, *names: str) -> dict[str, str]:
    return {name: (await text_field(request, name)).replace("\0", "").strip() for name in names}


async def _done(request: web.Request, sent: Mapping[str, str], act: Act, to: str, said: str) -> web.StreamResponse:
    """Do it; a mistake is told in the form it was made in."""
    try:
        async with transaction(request) as connection:
            told = await act(connection)
    except InvalidInput as error:
        return await _lead(request, sent, mistakes_of(error))
    except Forbidden as error:
        return redirect(request, f"/leads/{lead_of(request)}", str(error), "bad")
    if isinstance(told, list):
        await spread(request.app[redis_key], told)
    return redirect(request, to, said)


async def _lead(
    request: web.Request, sent: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    at, identity, mistakes = now(), signed_in(request), mistakes or {}
    async with transaction(request) as connection:
        one = await find_lead(connection, Asker.of(identity, at), lead_of(request))
        touches = await touches_of(connection, one.id)
        colleagues = await connection.fetch(SQL["colleagues"])
        await done(connection, LEADS, one.id, at, identity.person)
        earlier = await connection.fetchrow(SQL["earlier_of"], *reach_of(Asker.of(identity, at)), one.id)
        limits = await read_limits(connection)
        contacted = await contacts_of(connection, one.phone, limits, at) if one.phone else 0
        issues = await has_issues(request, connection)
    fields = shown_change(one, reader_of(request).timezone) | {"person": "", "reason": Reason.WON.value, "note": ""}
    shared = _shared(request, at)
    return page(
        request,
        "leads/lead.html",
        status=422 if mistakes else 200,
        one=one,
        touches=touches,
        earlier=earlier,
        contacted=contacted,
        limits=limits,
        issues=issues,
        people=[("", "—"), *((str(row["id"]), row["name"]) for row in colleagues)],
        values=fields | dict(sent or {}),
        mistakes=mistakes,
        told=[(field, f"{_(_FIELDS[field])}: {message}") for field, message in mistakes.items()],
        names={field: _(word) for field, word in _FIELDS.items()},
        reasons=[(reason.value, _(word)) for reason, word in REASONS.items()],
        longest={"title": LONGEST_TITLE, "stage": LONGEST_STAGE, "note": LONGEST_NOTE},
        may_change=shared["may_edit"] and one.closed_at is None and may_act(one, identity),
        **shared,
    )


def _shared(request: web.Request, at: object) -> dict[str, Any]:
    identity = signed_in(request)
    return {
        "now": at,
        "me": identity.person,
        "may_edit": identity.holds(Right.LEADS_EDIT),
        "may_dial": identity.holds(Right.CALLS_DIAL),
        "may_see_orders": identity.holds(Right.MONEY_READ),
        "may_take_over": identity.holds(Right.PRESENCE_OTHERS),
        "dues": {key.value: _(word) for key, word in DUES.items()},
        "kinds": {key: (_(word), icon) for key, (word, icon) in KINDS.items()},
        "reason_words": {key.value: _(word) for key, word in REASONS.items()},
    }
