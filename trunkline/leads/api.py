"""`/api/v1/leads`: the inbox and what people do to it, for programs."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key, redis_key
from trunkline.leads.hand import ChangeLead, CloseLead, Hand, PassLead, change, close, pass_on, take
from trunkline.leads.marking import Marked, list_marked
from trunkline.leads.reading import (
    Asker,
    LeadRow,
    LeadTouch,
    after_of,
    find_lead,
    shown,
    touches_of,
)
from trunkline.notices.store import spread
from trunkline.people.pages.request import actor_of, transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import page_size

_KNOWN: Final = ("show", "tag", "category", "limit", "cursor")


class LeadPage(msgspec.Struct, frozen=True):
    """A page of leads; `next` is the cursor of the page behind it, null on the last."""

    items: list[LeadRow]
    next: str | None


class WholeLead(msgspec.Struct, frozen=True):
    """A lead with its latest touches, the last first."""

    lead: LeadRow
    touches: list[LeadTouch]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/leads", show_list),
        web.get("/api/v1/leads/{id}", show_lead),
        web.post("/api/v1/leads/{id}/take", take_lead),
        web.post("/api/v1/leads/{id}/pass", pass_lead),
        web.post("/api/v1/leads/{id}/change", change_lead),
        web.post("/api/v1/leads/{id}/close", close_lead),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?show=&tag=&category=&limit=&cursor=`: open leads, the nearest clock first; or closed ones."""
    query = {name: text for name, text in request.query.items() if text}
    mistakes = [Mistake(name, f"is not known; there are {', '.join(_KNOWN)}") for name in query if name not in _KNOWN]
    if mistakes:
        raise InvalidInput(*mistakes)
    show, after, size = shown(query), after_of(query), page_size(query.get("limit"))
    asker = Asker.of(signed_in(request), datetime.now(UTC))
    async with request.app[pool_key].acquire() as connection:
        found = await list_marked(connection, asker, show, Marked.of(query), after, size)
    return json_answer(LeadPage(list(found.rows), found.next_cursor))


async def show_lead(request: web.Request) -> web.Response:
    """`GET`: one, with its touches."""
    async with request.app[pool_key].acquire() as connection:
        lead = await find_lead(connection, Asker.of(signed_in(request), datetime.now(UTC)), lead_of(request))
        return json_answer(WholeLead(lead, await touches_of(connection, lead.id)))


async def take_lead(request: web.Request) -> web.Response:
    """`POST`: it is the token's owner's."""
    async with transaction(request) as connection:
        return json_answer(await take(connection, hand_of(request), lead_of(request)))


async def pass_lead(request: web.Request) -> web.Response:
    """`POST {"person"}`: it is a colleague's, who is told."""
    body = await read_json(request, PassLead)
    async with transaction(request) as connection:
        lead, told = await pass_on(connection, hand_of(request), lead_of(request), body)
    await spread(request.app[redis_key], told)
    return json_answer(lead)


async def change_lead(request: web.Request) -> web.Response:
    """`POST {"title"?, "stage"?, "next_call_at"?}`: what is left out stays."""
    body = await read_json(request, ChangeLead)
    async with transaction(request) as connection:
        return json_answer(await change(connection, hand_of(request), lead_of(request), body))


async def close_lead(request: web.Request) -> web.Response:
    """`POST {"reason", "note"?}`: nothing more is to be done."""
    body = await read_json(request, CloseLead)
    async with transaction(request) as connection:
        return json_answer(await close(connection, hand_of(request), lead_of(request), body))


def hand_of(request: web.Request) -> Hand:
    """Who does it."""
    return Hand(signed_in(request), actor_of(request), datetime.now(UTC))


def lead_of(request: web.Request) -> UUID:
    """Which lead the address names."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such lead, or it is not yours to read.")) from None
