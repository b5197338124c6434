"""`/card`: the page a manager keeps open. It shows the calls of the moment at once; its script keeps them level."""

from aiohttp import web

from softphone_card.message import as_told
from softphone_card.room import room_key
from trunkline.db.sql import load_queries
from trunkline.keys import pool_key
from trunkline.people.pages.request import now
from trunkline.people.roles import Right
from trunkline.presence.own import own_values
from trunkline.web.auth import signed_in
from trunkline.web.render import page

_SQL = load_queries("softphone_card")


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/card", show)]


async def show(request: web.Request) -> web.Response:
    """The calls of whoever is signed in; without an extension, what he lacks."""
    identity = signed_in(request)
    told, queues = None, None
    if identity.extension is not None:
        told = as_told(await request.app[room_key].feed.state(identity.extension), now())
        queues = await request.app[pool_key].fetchval(_SQL["queue_names"])
    return page(
        request,
        "softphone_card/card.html",
        told=told,
        queues=queues or {},
        extension=identity.extension,
        may_see_calls=identity.holds(Right.CALLS_READ),
        **await own_values(request),
    )
