"""`/api/v1/lines/{number}/aliases`, `/operators` and `/labels`: what a line has; a repeat changes nothing."""

from datetime import date

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key
from trunkline.lines.asking import asked_line, day_of
from trunkline.lines.holding_store import (
    Holdings,
    add_alias,
    holdings_of,
    remove_alias,
    remove_label,
    remove_term,
    set_label,
    set_term,
)
from trunkline.lines.holdings import LabelText, Term, alias_key, checked_alias, checked_label, checked_term, read_day
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _

_LINE = "/api/v1/lines/{number}"


class AliasBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the PBX calls the line."""

    alias: str


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(f"{_LINE}/aliases", show_aliases),
        web.post(f"{_LINE}/aliases", receive_alias),
        web.delete(f"{_LINE}/aliases/{{alias}}", drop_alias),
        web.get(f"{_LINE}/operators", show_operators),
        web.post(f"{_LINE}/operators", receive_operator),
        web.delete(f"{_LINE}/operators/{{since}}", drop_operator),
        web.get(f"{_LINE}/labels", show_labels),
        web.post(f"{_LINE}/labels", receive_label),
        web.delete(f"{_LINE}/labels/{{since}}", drop_label),
    ]


async def show_aliases(request: web.Request) -> web.Response:
    """`GET`: what PBXs call the line beside its number."""
    return json_answer((await _holdings(request)).aliases)


async def receive_alias(request: web.Request) -> web.Response:
    """`POST`: one more alias (201), or one it has (200)."""
    alias = checked_alias((await read_json(request, AliasBody)).alias)
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        added = await add_alias(connection, line.id, alias, actor_of(request), now())
        return json_answer((await holdings_of(connection, line.id)).aliases, 201 if added else 200)


async def drop_alias(request: web.Request) -> web.Response:
    """`DELETE`: the line goes by it no more."""
    alias = alias_key(request.match_info["alias"])
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        if not await remove_alias(connection, line.id, alias, actor_of(request), now()):
            raise NotFound(_("the line has no such alias"))
    return web.Response(status=204)


async def show_operators(request: web.Request) -> web.Response:
    """`GET`: who carried the line when, the newest first."""
    return json_answer((await _holdings(request)).terms)


async def receive_operator(request: web.Request) -> web.Response:
    """`POST`: who carries it from `since` on; what went on until then ends there."""
    term = checked_term(await read_json(request, Term))
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        at = now()
        changed = await set_term(connection, line.id, term, day_of(request, at), actor_of(request), at)
        return json_answer((await holdings_of(connection, line.id)).terms, 201 if changed else 200)


async def drop_operator(request: web.Request) -> web.Response:
    """`DELETE`: what was entered by mistake."""
    since = _day(request)
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        at = now()
        if not await remove_term(connection, line.id, since, day_of(request, at), actor_of(request), at):
            raise NotFound(_("no operator of the line begins on that day"))
    return web.Response(status=204)


async def show_labels(request: web.Request) -> web.Response:
    """`GET`: the labelled texts, the newest first."""
    return json_answer((await _holdings(request)).labels)


async def receive_label(request: web.Request) -> web.Response:
    """`POST`: what an operator shows of our calls from a day on."""
    label = checked_label(await read_json(request, LabelText))
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        changed = await set_label(connection, line.id, label, actor_of(request), now())
        return json_answer((await holdings_of(connection, line.id)).labels, 201 if changed else 200)


async def drop_label(request: web.Request) -> web.Response:
    """`DELETE ?operator=`: the text of that operator and first day."""
    since, operator = _day(request), request.query.get("operator", "").strip()
    if not operator:
        raise InvalidInput(Mistake("operator", _("must name the operator: ?operator=…")))
    async with transaction(request) as connection:
        line = await asked_line(connection, request)
        if not await remove_label(connection, line.id, operator, since, actor_of(request), now()):
            raise NotFound(_("the line has no such label"))
    return web.Response(status=204)


async def _holdings(request: web.Request) -> Holdings:
    async with request.app[pool_key].acquire() as connection:
        return await holdings_of(connection, (await asked_line(connection, request)).id)


def _day(request: web.Request) -> date:
    mistakes: list[Mistake] = []
    day = read_day(request.match_info["since"], "since", mistakes)
    if day is None:
        raise InvalidInput(*mistakes)
    return day
