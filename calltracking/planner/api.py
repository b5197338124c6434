"""`/api/v1/pools/{id}/plan` and `/reuse`: what the pool's page tells, for programs."""

import msgspec
from aiohttp import web

from calltracking.planner.asking import asked_numbers, plan_for
from calltracking.planner.reuse import read_reuse
from calltracking.sites.asking import company_now, id_of, refuse_narrow
from calltracking.sites.store import find_pool
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.reports.days import asked_days
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.render import reader_of


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/pools/{id}/plan", tell_plan), web.get("/api/v1/pools/{id}/reuse", tell_reuse)]


async def tell_plan(request: web.Request) -> web.Response:
    """`GET ?numbers=`: what was measured, and what each size would change; `numbers` beside the usual ones."""
    refuse_narrow(request)
    return json_answer(await plan_for(request, id_of(request), asked_numbers(request.query)))


async def tell_reuse(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`: by day and site; calls are told to who may read them."""
    refuse_narrow(request)
    days, viewer = asked_days(request.query, now(), reader_of(request).timezone), signed_in(request)
    async with transaction(request) as connection:
        pool = await find_pool(connection, company_now(request).date(), id_of(request))
        found = await read_reuse(connection, pool.id, days, viewer.reach())
    if not viewer.holds(Right.CALLS_READ):
        found = msgspec.structs.replace(found, calls=())
    return json_answer(found)
