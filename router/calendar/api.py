"""`/api/v1/calendar/overrides`: days on which a branch or the company keeps other hours."""

from datetime import date
from uuid import UUID

import msgspec
from aiohttp import web

from router.calendar.look import current_plan, today_at
from trunkline.directory.override_store import add_override, overrides_from, remove_override
from trunkline.directory.overrides import OverrideBody, StoredOverride, checked
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _

_PATH = "/api/v1/calendar/overrides"


class OverrideList(msgspec.Struct):
    """Overrides, soonest first."""

    items: list[StoredOverride]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_PATH, show_all), web.post(_PATH, receive), web.delete(f"{_PATH}/{{id}}", drop)]


async def show_all(request: web.Request) -> web.Response:
    """`GET ?since=`: those that are not over before that day; today where none is named."""
    asked = request.query.get("since", "")
    async with transaction(request) as connection:
        since = _day(asked) if asked else today_at(await current_plan(connection), now())
        return json_answer(OverrideList(await overrides_from(connection, since)))


async def receive(request: web.Request) -> web.Response:
    """`POST`: one more (201)."""
    body = await read_json(request, OverrideBody)
    at = now()
    async with transaction(request) as connection:
        plan = await current_plan(connection)
        kept = checked(body, plan.branches, today_at(plan, at))
        return json_answer(await add_override(connection, kept, actor_of(request), at), 201)


async def drop(request: web.Request) -> web.Response:
    """`DELETE`: its days are as the calendar says again."""
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError as error:
        raise NotFound(_("There is no such override.")) from error
    async with transaction(request) as connection:
        await remove_override(connection, identifier, actor_of(request), now())
    return web.Response(status=204)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(Mistake("since", "must be a day such as 2026-03-20")) from error
