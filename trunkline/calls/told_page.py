"""`/calls/{id}/told`: the part of a call's page that says what each outside system was told, and what it answered."""

from dataclasses import replace

from aiohttp import web

from trunkline.calls.api import full_call
from trunkline.keys import pool_key
from trunkline.outbox.said import Said
from trunkline.outbox.told import Told, said_of, systems_key, told_of_call
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext
from trunkline.web.render import page


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/calls/{id}/told", show)]


async def show(request: web.Request) -> web.Response:
    """`GET`: to whoever sees the call; answers, and what was given up, to who looks after deliveries."""
    identity = signed_in(request)
    full = await full_call(request, identity)
    async with request.app[pool_key].acquire() as connection:
        rows = await told_of_call(connection, request.app.get(systems_key, ()), full.call.id)
    looks_after, said = identity.holds(Right.OPERATIONS_READ), said_of(request)
    return page(
        request,
        "calls/told.html",
        call=full.call,
        rows=[_spoken(row, said) if looks_after else _unsaid(_spoken(row, said)) for row in rows],
        looks_after=looks_after,
    )


def _spoken(row: Told, said: Said) -> Told:
    return replace(row, what=gettext(row.what), said=said.spoken(row.said), warning=said.spoken(row.warning))


def _unsaid(row: Told) -> Told:
    """An answer is another system's own words: it may quote numbers, of others than who called, too, and addresses."""
    return replace(row, said="", warning="")
