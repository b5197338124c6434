"""`/api/v1/calls`: the list with its filters, and one call in full with the decisions that routed it."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.calls.attribution import Attribution
from trunkline.calls.attribution_store import attribution_of
from trunkline.calls.attribution_words import page_of
from trunkline.calls.decisions import StoredDecision, decisions_of
from trunkline.calls.detail import Story
from trunkline.calls.listing import parse_listing
from trunkline.calls.money import without_money
from trunkline.calls.reading import CallRow, find_call, list_calls
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext


@dataclass(frozen=True, slots=True)
class FullCall:
    """One call with all that is known of it."""

    call: CallRow
    story: Story
    decisions: list[StoredDecision]
    attribution: Attribution | None
    """Which advertisement it came from; None where nothing explains it."""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/calls", show_list),
        web.get("/api/v1/calls/{id}", show_call),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET`: a page of calls, the newest first; days without a zone are UTC."""
    listing = parse_listing(_once(request))
    async with request.app[pool_key].acquire() as connection:
        return json_answer(await list_calls(connection, listing, signed_in(request).reach()))


async def show_call(request: web.Request) -> web.Response:
    """`GET`: one call, its legs, talks and transfers, and why it went where it went."""
    return json_answer(await full_call(request, signed_in(request)))


async def full_call(request: web.Request, identity: Identity) -> FullCall:
    """The call of `{id}` within the reach of `identity`; raises NotFound.

    Files need the right to listen, and the tags of a landing page that of visits: they may say more than anybody needs.
    """
    try:
        call_id = UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(gettext("There is no such call, or it is not yours to see.")) from None
    async with request.app[pool_key].acquire() as connection:
        found = await find_call(connection, call_id, identity.reach())
        if found is None:
            raise NotFound(gettext("There is no such call, or it is not yours to see."))
        decisions = await decisions_of(connection, call_id)
        attribution = await attribution_of(connection, call_id)
    row, story = found
    if not identity.holds(Right.RECORDINGS_LISTEN):
        story = msgspec.structs.replace(story, recordings=())
    if not identity.holds(Right.MONEY_READ):
        decisions = [_without_money(decision) for decision in decisions]
    if attribution is not None and not identity.holds(Right.VISITS_READ):
        attribution = msgspec.structs.replace(attribution, landing=page_of(attribution.landing))
    return FullCall(row, story, decisions, attribution)


def _without_money(decision: StoredDecision) -> StoredDecision:
    advised = decision.advised
    if advised is not None:
        advised = msgspec.structs.replace(advised, facts=None, trace=without_money(advised.trace))
    return msgspec.structs.replace(decision, facts=None, trace=without_money(decision.trace), advised=advised)


def _once(request: web.Request) -> dict[str, str]:
    """The query's fields without empty ones; raises InvalidInput for one that comes twice."""
    if doubled := sorted(name for name in set(request.query) if len(request.query.getall(name)) > 1):
        raise InvalidInput(*(Mistake(name, "is there twice") for name in doubled))
    return {name: text for name, text in request.query.items() if text}
